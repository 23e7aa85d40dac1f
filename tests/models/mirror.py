"""A server of files on loopback that can be told to misbehave."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PIECE = 1000


@dataclass
class Mirror:
    """Serves `files`; every switch holds for all of them.

    cuts: after how many bytes each of the next answers is cut. stall_s: pause after the first piece. header_pause_s:
    pause between the bytes of the answer's head. piece_pause_s: pause between pieces.
    """

    files: dict[str, bytes]
    url: str = ""
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    ranges: str = "kept"  # or: ignored, refused, shifted
    stated_length: int | None = -1  # -1: the true one; None: none
    redirect: Callable[[str], str] | None = None
    stall_s: float = 0
    header_pause_s: float = 0
    piece_pause_s: float = 0
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0

    @property
    def spans(self) -> list[str | None]:
        """The `Range` of each request."""
        return [span for _, span in self.asked]


@contextmanager
def serving(files: dict[str, bytes], tls: ssl.SSLContext | None = None) -> Iterator[Mirror]:
    mirror = Mirror(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(mirror))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    mirror.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            try:
                self.close_connection = True
                _answer(self, mirror)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client has seen enough

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _answer(to: BaseHTTPRequestHandler, mirror: Mirror) -> None:
    span = to.headers["Range"]
    mirror.asked.append((to.path, span))
    if mirror.header_pause_s:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
            to.wfile.write(bytes([byte]))
            time.sleep(mirror.header_pause_s)
    if mirror.statuses:
        return _head(to, mirror.statuses.pop(0), {"Content-Length": "0"})
    data = mirror.files.get(to.path.removeprefix("/"))
    if mirror.redirect is not None and (where := mirror.redirect(to.path)):
        return _head(to, 302, {"Location": where, "Content-Length": "0"})
    if data is None:
        return _head(to, 404, {"Content-Length": "0"})
    first, status, more = 0, 200, {}
    if span is not None and mirror.ranges != "ignored":
        first = int(span.removeprefix("bytes=").removesuffix("-"))
        if mirror.ranges == "refused" or first >= len(data):
            return _head(to, 416, {"Content-Length": "0"})
        first -= mirror.ranges == "shifted"
        status, more = 206, {"Content-Range": f"bytes {first}-{len(data) - 1}/{len(data)}"}
    length = len(data) - first if mirror.stated_length == -1 else mirror.stated_length
    _head(to, status, more if length is None else more | {"Content-Length": str(length)})
    end = min(len(data), first + mirror.cuts.pop(0)) if mirror.cuts else len(data)
    return _body(to, mirror, data[first:end])


def _head(to: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
    to.send_response(status)
    for name, value in headers.items():
        to.send_header(name, value)
    to.send_header("Connection", "close")
    to.end_headers()


def _body(to: BaseHTTPRequestHandler, mirror: Mirror, data: bytes) -> None:
    for start in range(0, len(data), PIECE):
        to.wfile.write(data[start : start + PIECE])
        mirror.sent += len(data[start : start + PIECE])
        time.sleep(mirror.stall_s if start == 0 else mirror.piece_pause_s)
