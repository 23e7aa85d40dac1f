"""A server of one's own as a child process on a free port: for the demo, the benchmarks and the tests."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from likeness.compose import open_stores_of
from likeness.settings import Settings

START_LIMIT_S = 120.0
STOP_LIMIT_S = 40.0
"""Over the server's own limit for finishing what is under way."""


class ServerStartError(RuntimeError):
    """The child server did not start; the message names its log."""


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
    stores = open_stores_of(settings)
    try:
        made = stores.keys.create("child server")
    finally:
        stores.close()
    port, log_path = _free_port(), settings.data_dir / "server.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "likeness", "serve", "--port", str(port)],
            env={**os.environ, **_environment(settings)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        _await_ready(port, process, log_path)
        credentials = {"api_key": made.key.api_key, "api_secret": made.api_secret}
        yield ChildServer(f"http://127.0.0.1:{port}/faceid/lite/raw", port, process, log_path, credentials)
    finally:
        _stop(process)


def _environment(settings: Settings) -> dict[str, str]:
    values = {**settings.model_dump(), "models_dir": settings.models_path, "log_format": "json"}
    return {f"LIKENESS_{name.upper()}": str(value) for name, value in values.items()}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(port: int, process: subprocess.Popen[bytes], log_path: Path) -> None:
    limit_s = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit_s and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/openapi.json", timeout=1, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    msg = f"the server did not start; its log is {log_path}"
    raise ServerStartError(msg)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
