"""`likeness serve`."""

import signal
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn
from rich.console import Console

from likeness import logs
from likeness.app import create_app
from likeness.cli.options import DataDir, settings_for
from likeness.cli.progress import model_progress
from likeness.compose import embedded
from likeness.samples import write_samples
from likeness.settings import Settings
from likeness.storage.keys import KeyStore

GRACEFUL_STOP_S = 30
"""How long calls under way may take to finish when the server is told to stop."""


def serve(
    data_dir: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", show_default="8000", min=1, max=65535)] = None,
) -> None:
    """Serve the API until stopped with Ctrl-C.

    On the first start a key is made and shown once, with a line to try it. Put a TLS-terminating proxy in front of
    anything but 127.0.0.1: keys and pictures travel in the request.
    """
    settings = settings_for(data_dir)
    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update=chosen)
    logs.configure(settings.log_format)
    with model_progress() as progress:
        installation = embedded(settings, progress)
    try:
        _welcome(settings, installation.stores.keys)
        config = uvicorn.Config(
            create_app(installation),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACEFUL_STOP_S,
        )
        # uvicorn finishes what is under way and then raises the signal it was stopped by once more.
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        uvicorn.Server(config).run()
    finally:
        installation.stores.close()


def _leave(_: int, __: FrameType | None) -> NoReturn:
    raise typer.Exit


def _welcome(settings: Settings, keys: KeyStore) -> None:
    """On the first start, make a key and say how to use it; its secret is shown now and never again."""
    if keys.list():
        return
    made = keys.create("first")
    clip = write_samples(settings.data_dir / "samples")
    console = Console(highlight=False, soft_wrap=True)
    console.print("A first key was made. Its secret is shown this once; keep it:\n")
    console.print(f"  api_key     {made.key.api_key}\n  api_secret  {made.api_secret}\n")
    console.print("Try it with a sample clip, from another terminal:\n")
    console.print(
        f"  curl -F api_key={made.key.api_key} -F api_secret={made.api_secret} -F video=@'{clip}' "
        f"http://{settings.host}:{settings.port}/faceid/lite/raw/validate_still\n",
        markup=False,
    )
