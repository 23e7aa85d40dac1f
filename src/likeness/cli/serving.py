"""What `likeness serve` does."""

import asyncio
import gc
import shlex
import signal
import socket
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer
import uvicorn

from likeness import logs
from likeness.app import create_app
from likeness.cli.listening import bound, listen, local_url, url
from likeness.cli.progress import model_progress
from likeness.compose import Installation, embedded
from likeness.folders import make_private
from likeness.samples import write_samples
from likeness.settings import Settings

GRACEFUL_STOP_S = 30
"""How long calls under way may take to finish when the server is told to stop."""


def run(settings: Settings) -> None:
    """Serve until stopped.

    Raises:
        ListenError: the port is in use, or the address is not of this machine.
        OSError, PackError, MasterKeyError, StorageError: what is kept, or the models, cannot be used or made.
        WorkerStartError: the models do not load.
    """
    logs.configure(settings.log_format)
    # uvicorn finishes what is under way and then raises the signal it was stopped by once more.
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    with bound(settings.host, settings.port) as listener:
        make_private(settings.data_dir)
        with model_progress() as progress:
            installation = embedded(settings, progress)
        try:
            asyncio.run(installation.engine.start())
            _serve(installation, settings, listener)
        finally:
            asyncio.run(installation.engine.close())
            installation.stores.close()


def _serve(installation: Installation, settings: Settings, listener: socket.socket) -> None:
    config = uvicorn.Config(
        create_app(installation),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACEFUL_STOP_S,
    )
    first_start = not installation.stores.keys.list()
    clip = _samples(settings.data_dir / "samples") if first_start else None
    listen(listener, settings.host)
    if first_start:
        _welcome(installation, clip, local_url(listener, settings.host))
    # Read by `child_server`, too; flushed, as it may go into a file or a pipe.
    print(f"Serving on {url(listener, settings.host)} (Ctrl-C stops)", flush=True)
    gc.collect()
    gc.freeze()  # what is loaded stays: no later collection has to look at it again
    uvicorn.Server(config).run(sockets=[listener])


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise typer.Exit


def _samples(folder: Path) -> Path | None:
    """The sample clip; None where it cannot be made, which is no reason not to serve."""
    try:
        return write_samples(make_private(folder)).resolve()
    except (ImportError, OSError):  # the optional extra is not installed; the folder is of no use
        return None


def _welcome(installation: Installation, clip: Path | None, server_url: str) -> None:
    """Make the first key and say how to use it; its secret is shown now and never again."""
    made = installation.stores.keys.create("first")
    video = "video=@" + ("YOUR_CLIP.mp4" if clip is None else str(clip))
    words = ["-F", f"api_key={made.key.api_key}", "-F", f"api_secret={made.api_secret}", "-F", video]
    line = shlex.join(["curl", *words, f"{server_url}/faceid/lite/raw/validate_still"])
    print("A first key was made. Its secret is shown this once; keep it:\n")
    print(f"  api_key     {made.key.api_key}\n  api_secret  {made.api_secret}\n")
    if clip is None:
        print("Try it from another terminal with a clip of your own, 2 s of one face:\n")
    else:
        print("Try it with a sample clip, from another terminal:\n")
    print(f"  {line}\n", flush=True)
