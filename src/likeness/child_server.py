"""A server of one's own as a child process on a free port: for the demo, the benchmarks and the tests."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from likeness.compose import open_stores_of
from likeness.folders import make_private
from likeness.settings import Settings

HOST = "127.0.0.1"
START_LIMIT_S = 120.0
STOP_LIMIT_S = 40.0
"""Over the server's own limit for finishing what is under way."""


class ServerStartError(RuntimeError):
    """The child server did not start; the message names its log and quotes its end."""


@dataclass(frozen=True, slots=True)
class ChildServer:
    """A running server, and a fresh key that may do everything.

    url: of the calls, without the last path segment. log_path: what it writes to standard error.
    """

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log_path: Path
    credentials: dict[str, str]


@contextmanager
def child_server(settings: Settings) -> Iterator[ChildServer]:
    """Serve from `settings` until the block ends.

    Raises:
        ServerStartError: it did not answer in time, or ended.
    """
    make_private(settings.data_dir)
    stores = open_stores_of(settings)
    try:
        made = stores.keys.create("child server")
    finally:
        stores.close()
    log_path = settings.data_dir / "server.log"
    with _private(log_path) as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "likeness", "serve", "--host", HOST, "--port", "0"],
            env={**os.environ, **_environment(settings)},
            stdout=subprocess.PIPE,
            stderr=log,
        )
    with process:
        try:
            port = _await_port(process, log_path)
            credentials = {"api_key": made.key.api_key, "api_secret": made.api_secret}
            yield ChildServer(f"http://{HOST}:{port}/faceid/lite/raw", port, process, log_path, credentials)
        finally:
            _stop(process)


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _environment(settings: Settings) -> dict[str, str]:
    values = {**settings.model_dump(), "models_dir": settings.models_path, "log_format": "json"}
    return {f"LIKENESS_{name.upper()}": str(value) for name, value in values.items()}


def _await_port(process: subprocess.Popen[bytes], log_path: Path) -> int:
    """The port it took, which it tells once it serves."""
    told = b""
    if process.stdout is not None and select.select([process.stdout], [], [], START_LIMIT_S)[0]:
        told = process.stdout.readline()
    port = re.match(rb"Serving on http://[\d.]+:(\d+) ", told)
    if port is None:
        last = log_path.read_text(errors="replace").strip().rpartition("\n")[2]
        msg = f"the server did not start; its log is {log_path} and ends with: {last}"
        raise ServerStartError(msg)
    return int(port[1])


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
