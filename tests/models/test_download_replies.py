"""Answers that no decent server gives, and settings that cannot be used, end in a sentence that a terminal may show."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from likeness.models import download, packs
from likeness.models.download import fetch
from likeness.models.manifest import Downloaded, PackError
from tests.models.fetching import CONTENT, HASTE, OLD, refused, wanted
from tests.models.mirror import Mirror

LONG, EMPTY = "a" * 64 + ".example", "a..example"
NO_HOST = "has a part between dots that is empty or has more than 63 characters"
RED = b"\x1b[31mred"


@contextmanager
def replying(*replies: bytes, sent: list[bytes] | None = None) -> Iterator[str]:
    """The address of a server that sends these bytes, noted in `sent`, in turn, the last ones again and again."""
    sent = [] if sent is None else sent
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.02)
        ended = threading.Event()
        thread = threading.Thread(target=_reply, args=(server, replies, sent, ended))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()


def _reply(server: socket.socket, replies: tuple[bytes, ...], sent: list[bytes], ended: threading.Event) -> None:
    while not ended.is_set():
        with suppress(TimeoutError, ConnectionError):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(2)
                connection.recv(1 << 16)
                sent.append(replies[min(len(sent), len(replies) - 1)])
                connection.sendall(sent[-1])


def head(status: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *headers, b"Connection: close", b"", b""])


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,example")


@pytest.mark.parametrize("host", [LONG, EMPTY])
def test_a_host_that_cannot_be_is_said_to_be_so(host: str, target: Path) -> None:
    assert NO_HOST in refused(wanted(target, f"http://{host}/a.onnx"))
    with replying(head(b"302 Found", f"Location: http://{host}/a.onnx".encode(), b"Content-Length: 0")) as url:
        assert NO_HOST in refused(wanted(target, f"{url}/a.onnx"))


@pytest.mark.parametrize(
    "span",
    [
        b"bytes 20000-49999/" + b"9" * 5000,
        b"bytes " + b"9" * 5000 + b"-49999/50000",
        b"bytes 20000-" + b"9" * 5000 + b"/50000",
        "bytes ٢٠٠٠٠-49999/50000".encode(),
        b"bytes 20000-49999",
        b"",
    ],
)
def test_a_range_that_is_none_is_not_continued(span: bytes, target: Path, part: Path) -> None:
    part.write_bytes(CONTENT[:20_000])
    partly = head(b"206 Partial Content", b"Content-Range: " + span) + CONTENT[20_000:]
    whole, sent = head(b"200 OK") + CONTENT, list[bytes]()
    with replying(partly, whole, sent=sent) as url:
        fetch(wanted(target, f"{url}/a.onnx"), HASTE)
    assert sent == [partly, whole]
    assert target.read_bytes() == CONTENT


def test_a_range_of_a_whole_that_is_not_stated_is_continued(target: Path, part: Path) -> None:
    part.write_bytes(CONTENT[:20_000])
    with replying(
        head(b"206 Partial Content", b"Content-Range: bytes 20000-49999/*") + CONTENT[20_000:], head(b"404 None")
    ) as url:
        fetch(wanted(target, f"{url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("digits", [19, 20, 5000])
def test_a_length_beyond_measure_is_refused(digits: int, target: Path) -> None:
    with replying(head(b"200 OK", b"Content-Length: " + b"9" * digits) + CONTENT) as url:
        told = refused(wanted(target, f"{url}/a.onnx"))
    assert ("where the manifest says 50,000" if digits <= 20 else "sent what is not HTTP") in told


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (head(b"404 " + RED), "answered 404 Not Found."),
        (head(b"503 " + RED), "answered 503 Service Unavailable."),
        (head(b"799 " + RED), "answered 799."),
        (head(b"302 Found", b"Location: http://127.0.0.1/" + RED), "ended too early, or sent what is not HTTP"),
        (head(b"302 Found", b"Location: http://h\xff" + RED), "ended too early, or sent what is not HTTP"),
        (RED + b"\r\n\r\n", "ended too early, or sent what is not HTTP"),
        (b"", "ended too early, or sent what is not HTTP"),
        (head(b"200 OK", b"Transfer-Encoding: chunked") + RED + b"\r\n", "ended too early, or sent what is not HTTP"),
    ],
)
def test_a_server_does_not_reach_the_terminal(reply: bytes, said: str, target: Path) -> None:
    with replying(reply) as url:
        told = refused(wanted(target, f"{url}/a.onnx"))
    assert said in told
    assert "[31m" not in told
    assert told.isprintable()


def test_a_proxy_does_not_reach_the_terminal(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with replying(head(b"407 " + RED)) as url:
        for name in ("HTTPS_PROXY", "https_proxy"):
            monkeypatch.setenv(name, url)
        told = refused(wanted(target, "https://models.invalid/a.onnx"))
    assert "the last time: 407 " in told
    assert told.isprintable()


def test_a_mirror_folder_does_not_reach_the_terminal(target: Path, tmp_path: Path) -> None:
    told = refused(wanted(target, tmp_path / "\x1b[31mred" / "a.onnx"))
    assert f"{tmp_path}/?[31mred/a.onnx cannot be read: No such file" in told


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_used_are_not_a_fault_of_the_disk(
    content: str | None, mirror: Mirror, target: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = target.with_name("authorities.pem")
    if content is not None:
        file.write_text(content)
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    told = refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert f"cannot be asked: SSL_CERT_FILE={file} cannot be used: " in told
    assert "cannot be written" not in told
    assert mirror.asked == []
    assert not part.exists()


def test_a_fault_of_what_is_told_is_not_one_of_the_disk(mirror: Mirror, target: Path, part: Path) -> None:
    def told(done: int, _: str) -> None:
        if done > 20_000:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE, told)
    assert target.read_bytes() == OLD
    assert part.stat().st_size > 20_000


@pytest.mark.parametrize(
    ("mirror", "said"),
    [
        ("http://user:hunter2@127.0.0.1:9/files?sig=hunter2", "http://127.0.0.1:9/files has a query or a fragment"),
        ("http://127.0.0.1:9/files#hunter2", "http://127.0.0.1:9/files has a query or a fragment"),
        ("", "the mirror is empty"),
        ("/" + "a" * 300, "is neither a folder nor an http"),
        ("\x1b[31mred", "is neither a folder nor an http"),
    ],
)
def test_a_mirror_that_cannot_be_used_is_refused(mirror: str, said: str, tmp_path: Path) -> None:
    file = next(it for it in packs.files(packs.load("mobile")) if isinstance(it.file.origin, Downloaded))
    with pytest.raises(PackError, match=said) as told:
        download.wanted(file, tmp_path, mirror)
    assert "hunter2" not in str(told.value)
    assert str(told.value).isprintable()
