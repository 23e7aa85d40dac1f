"""One request for one file, or what is left of it: redirects, ranges, and an end in bounded time."""

import os
import re
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, Self

import httpx

REDIRECTS_LIMIT = 5
"""What RFC 1945 recommends; a host of files redirects once or twice."""
_PIECE_BYTES = 1 << 16
_WORTH_ANOTHER_TRY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
# What a server says is of any length: int() refuses thousands of digits, and h11 takes 20 for a Content-Length.
_NUMBER = re.compile(r"[0-9]{1,20}")
_CONTENT_RANGE = re.compile(rf"bytes ({_NUMBER.pattern})-{_NUMBER.pattern}/({_NUMBER.pattern}|\*)", re.IGNORECASE)
_TLS_VARIABLES = ("SSL_CERT_FILE", "SSLKEYLOGFILE")
"""What names the files that httpx and Python's `ssl` open when a client is made; SSL_CERT_DIR is read later."""


class AddressError(Exception):
    """There is no such file to be had at this address; the message says why, without the address."""


class CutError(Exception):
    """The connection failed or ended early; another try may help."""


class RangeError(Exception):
    """What is left of the file cannot be had; the whole may."""


class Deadline:
    """A moment, `limit_s` seconds after it was made."""

    def __init__(self, limit_s: float) -> None:
        self.limit_s = limit_s
        self._end_s = time.monotonic() + limit_s

    @property
    def left_s(self) -> float:
        """Seconds until then; 0 afterwards."""
        return max(0.0, self._end_s - time.monotonic())


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to wait for a connection, and for the next bytes of an answer."""

    connect_s: float
    read_s: float


@dataclass(frozen=True, slots=True)
class Arriving:
    """Bytes of a file from `offset` on; `pieces` may raise what `opened` raises."""

    offset: int
    pieces: Iterator[bytes]


def shown(address: str | Path) -> str:
    """An address as it may be printed: without user, password and query, which may hold secrets."""
    if isinstance(address, Path):
        return _printable(str(address))
    try:
        return _printable(str(httpx.URL(address).copy_with(username=None, password=None, query=None, fragment=None)))
    except httpx.InvalidURL:
        return "an address that is none"


def _printable(text: str) -> str:
    """What another machine or a variable says, without what would steer the terminal it is printed on."""
    return "".join(it if it.isprintable() else "?" for it in text)


@contextmanager
def opened(address: str | Path, offset: int, size: int, waits: Waits, deadline: Deadline) -> Iterator[Arriving]:
    """Ask for the bytes of a file from `offset` on; the answer may begin at 0 all the same.

    Args:
        address: an http or https URL, or a file.
        offset: bytes that are there already.
        size: bytes of the whole file; an answer that announces another size is refused before it is read.
        waits: bounds of single waits.
        deadline: when the connection is shut, whatever it is doing.

    Raises:
        AddressError: it cannot be had here. CutError: it failed on the way. RangeError: only the whole can be had.
    """
    if isinstance(address, Path):
        with _opened_file(address, offset, size) as arriving:
            yield arriving
        return
    try:
        with (
            _Line(deadline) as line,
            _client(waits) as client,
            closing(_answered(client, address, offset, line)) as response,
        ):
            yield Arriving(_first_byte(response, offset, size), response.iter_raw())
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise AddressError("is no http or https address") from error
    except httpx.TimeoutException as error:
        raise CutError("did not answer in time") from error
    except httpx.RemoteProtocolError as error:
        # Not its text, which quotes what was sent.
        raise CutError("ended too early, or sent what is not HTTP") from error
    except httpx.HTTPError as error:
        raise CutError(_printable(str(error)) or "the connection was lost") from error


@contextmanager
def _opened_file(path: Path, offset: int, size: int) -> Iterator[Arriving]:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise AddressError("is not a file")
        _require_size(found.st_size, size)
        file = path.open("rb")
    except OSError as error:
        raise _unreadable(error) from error
    with file:
        yield Arriving(offset, _pieces(file, offset))


def _pieces(file: BinaryIO, offset: int) -> Iterator[bytes]:
    try:
        file.seek(offset)
        while piece := file.read(_PIECE_BYTES):
            yield piece
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> AddressError:
    return AddressError(f"cannot be read: {error.strerror}")


def _client(waits: Waits) -> httpx.Client:
    try:
        # identity: a size and a digest are of the file itself, not of a packed one.
        return httpx.Client(
            timeout=httpx.Timeout(waits.read_s, connect=waits.connect_s), headers={"Accept-Encoding": "identity"}
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Not its text: the address of a proxy may hold a password.
        raise AddressError(
            "cannot be asked: HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names a proxy that is no http or https one"
        ) from error
    except OSError as error:  # ssl.SSLError is one
        named = " or ".join(f"{it}={_printable(os.environ[it])}" for it in _TLS_VARIABLES if os.environ.get(it))
        msg = f"cannot be asked: {named or 'the list of certificate authorities'} cannot be used: {error.strerror}"
        raise AddressError(msg) from error


def _answered(client: httpx.Client, address: str, offset: int, line: "_Line") -> httpx.Response:
    """The answer's head, and what httpx leaves as it was when it asks for it, in our words."""
    try:
        return _answer(client, address, offset, line)
    except UnicodeError as error:
        # Python's codec for names of hosts; httpx lets such names pass.
        raise AddressError(
            "cannot be asked: the name of its host, or of one that it redirects to, has a part between dots that is "
            "empty or has more than 63 characters"
        ) from error
    except ValueError as error:
        raise AddressError("cannot be asked: it is, or redirects to, no address") from error
    except OSError as error:
        raise CutError(_printable(str(error))) from error


def _answer(client: httpx.Client, address: str, offset: int, line: "_Line") -> httpx.Response:
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    request = client.build_request("GET", address, headers=headers, extensions={"trace": line.noted})
    for _ in range(REDIRECTS_LIMIT + 1):
        response = client.send(request, stream=True)
        if response.next_request is None:
            return response
        response.close()
        if request.url.scheme == "https" and response.next_request.url.scheme != "https":
            raise AddressError("redirects from https to an address that is not")
        request = response.next_request
    msg = f"redirects more than {REDIRECTS_LIMIT} times"
    raise AddressError(msg)


def _first_byte(response: httpx.Response, offset: int, size: int) -> int:
    """Which byte of the file the answer's first byte is; refuses answers that are not what was asked for."""
    status = response.status_code
    if status == HTTPStatus.OK:
        _require_size(_announced(response, size), size)
        return 0
    if status == HTTPStatus.PARTIAL_CONTENT and offset:
        span = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != offset:
            raise RangeError("sent another part of the file than was asked for")
        _require_size(size if span[2] == "*" else int(span[2]), size)
        _require_size(offset + _announced(response, size - offset), size)
        return offset
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and offset:
        raise RangeError("has no such part of the file")
    # Not the server's own words for it.
    said = f"answered {status} {next((it.phrase for it in HTTPStatus if it == status), '')}".rstrip()
    if status in _WORTH_ANOTHER_TRY or response.is_server_error:
        raise CutError(said)
    raise AddressError(said)


def _announced(response: httpx.Response, otherwise: int) -> int:
    length = response.headers.get("Content-Length", "")
    return int(length) if _NUMBER.fullmatch(length) else otherwise


def _require_size(found: int, size: int) -> None:
    if found != size:
        msg = f"has {found:,} bytes where the manifest says {size:,}"
        raise AddressError(msg)


@dataclass(slots=True)
class _Line:
    """The sockets of a request, shut at its deadline: each wait is bounded by itself, but not how many there are."""

    deadline: Deadline
    _sockets: list[socket.socket] = field(default_factory=list)
    _timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        self._timer = threading.Timer(self.deadline.left_s, self._shut)
        self._timer.daemon = True
        self._timer.start()
        return self

    def noted(self, event: str, info: dict[str, Any]) -> None:
        """Told by httpx (its `trace` extension) what happens; keeps every connection that is made."""
        if event.endswith("connect_tcp.complete"):
            # A copy: TLS takes the socket itself for its own.
            self._sockets.append(info["return_value"].get_extra_info("socket").dup())
            if not self.deadline.left_s:
                self._shut()

    def _shut(self) -> None:
        for it in list(self._sockets):
            with suppress(OSError):
                it.shutdown(socket.SHUT_RDWR)

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        for it in self._sockets:
            it.close()
