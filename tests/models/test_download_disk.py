"""Downloads against what happens on a machine: full disks, kills, others at the same file; and TLS."""

import io
import resource
import signal
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from likeness.models import partial
from likeness.models.download import fetch
from likeness.models.partial import DownloadError
from tests.models.fetching import CONTENT, HASTE, OLD, OTHER, refused, wanted
from tests.models.mirror import Mirror, serving

PULL = """
import sys
from pathlib import Path
from likeness.models.download import Patience, Wanted, fetch
print("begun", flush=True)
fetch(Wanted((sys.argv[1],), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])), Patience(2, 2, 20, 4, 0.01))
"""


def pull_apart(mirror: Mirror, target: Path) -> subprocess.Popen[str]:
    """Fetch in a process of its own."""
    file = wanted(target, f"{mirror.url}/a.onnx")
    command = [sys.executable, "-c", PULL, str(file.addresses[0]), str(file.size), file.sha256, str(target)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_a_folder_can_be_the_mirror(target: Path, part: Path, tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(CONTENT)
    part.write_bytes(CONTENT[:20_000])
    assert fetch(wanted(target, tmp_path / "a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    target.write_bytes(OLD)
    assert "did not arrive within 0 s" in refused(wanted(target, tmp_path / "a.onnx"), replace(HASTE, file_s=0))
    (tmp_path / "a.onnx").write_bytes(OTHER)
    assert "SHA-256 differs" in refused(wanted(target, tmp_path / "a.onnx"))
    (tmp_path / "a.onnx").write_bytes(OTHER[:-1])
    assert "has 49,999 bytes where" in refused(wanted(target, tmp_path / "a.onnx"))
    (tmp_path / "a.onnx").unlink()
    assert f"{tmp_path / 'a.onnx'} cannot be read: No such file" in refused(wanted(target, tmp_path / "a.onnx"))
    (tmp_path / "a.onnx").mkdir()
    assert "is not a file" in refused(wanted(target, tmp_path / "a.onnx"))


def test_a_disk_that_fills_up_gets_its_room_back(mirror: Mirror, target: Path, part: Path) -> None:
    """The system refuses to write further, half-way; errno differs from that of a disk, the path does not."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (25_000, before[1]))
    try:
        told = refused(wanted(target, f"{mirror.url}/a.onnx"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told == f"there is no room for {target}: it needs 50,000 bytes; make room and pull again"
    assert mirror.sent > 25_000
    assert not part.exists()


def test_a_full_disk_is_seen_before_anything_is_fetched(
    mirror: Mirror, target: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 49_999}))
    assert "it needs 50,000 bytes" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert mirror.asked == []
    assert not part.exists()
    part.write_bytes(CONTENT[:20_000])  # 30,000 more fit
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT


def test_a_killed_pull_is_continued(mirror: Mirror, target: Path, part: Path) -> None:
    mirror.piece_pause_s = 0.05
    process = pull_apart(mirror, target)
    while mirror.sent < 10_000:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    arrived = part.stat().st_size
    assert 0 < arrived < len(CONTENT)
    assert target.read_bytes() == OLD
    mirror.piece_pause_s, mirror.asked = 0, []
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert mirror.spans == [f"bytes={arrived}-"]
    assert target.read_bytes() == CONTENT


def test_pulls_at_once_fetch_once(mirror: Mirror, target: Path, part: Path) -> None:
    mirror.piece_pause_s = 0.02
    processes = [pull_apart(mirror, target) for _ in range(3)]
    for process in processes:
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said
    assert target.read_bytes() == CONTENT
    assert mirror.spans == [None]
    assert not part.exists()


def test_the_second_pull_goes_on_where_the_first_was_killed(mirror: Mirror, target: Path) -> None:
    mirror.piece_pause_s = 0.05
    first = pull_apart(mirror, target)
    while mirror.sent < 10_000:
        time.sleep(0.01)
    second = threading.Thread(target=fetch, args=(wanted(target, f"{mirror.url}/a.onnx"), HASTE))
    second.start()
    time.sleep(0.3)
    assert len(mirror.asked) == 1
    first.kill()
    first.communicate(timeout=10)
    second.join()
    assert target.read_bytes() == CONTENT
    assert len(mirror.asked) == 2
    assert mirror.spans[1] is not None


def test_a_file_that_is_placed_while_it_is_opened_is_left_alone(
    target: Path, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part.write_bytes(CONTENT)
    lock = partial._lock

    def late(file: io.FileIO) -> bool:
        if part.exists() and target.read_bytes() == OLD:
            part.replace(target)  # as another pull does, between our opening and locking it
        return lock(file)

    monkeypatch.setattr(partial, "_lock", late)
    assert not fetch(wanted(target, "http://127.0.0.1:9/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    assert not part.exists()


def test_waiting_for_another_pull_is_bounded(mirror: Mirror, target: Path) -> None:
    mirror.piece_pause_s = 0.1
    first = pull_apart(mirror, target)
    while not mirror.sent:
        time.sleep(0.01)
    file = wanted(target, f"{mirror.url}/a.onnx")
    assert "another pull has been at" in refused(file, replace(HASTE, file_s=0.3))
    first.kill()
    first.communicate(timeout=10)


def test_a_link_in_the_place_of_the_part_is_not_followed(mirror: Mirror, target: Path, part: Path) -> None:
    victim = part.with_name("victim")
    victim.write_bytes(b"not ours")
    part.symlink_to(victim)
    assert "cannot be written" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert victim.read_bytes() == b"not ours"


def test_a_folder_that_cannot_be_made_is_an_error(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DownloadError, match=r"cannot be written: .*Not a directory"):
        fetch(wanted(tmp_path / "file" / "mobile" / "a.onnx", f"{mirror.url}/a.onnx"), HASTE)


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's side of TLS whose certificate is trusted, as an operator makes their own authority's."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "tls.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.pem")
    return context


def test_https_redirects_to_https_only(mirror: Mirror, target: Path, tls: ssl.SSLContext) -> None:
    with serving({"a.onnx": CONTENT}, tls) as secure:
        secure.redirect = lambda _: f"{mirror.url}/a.onnx"
        assert "redirects from https to an address that is not" in refused(wanted(target, f"{secure.url}/x"))
        assert mirror.asked == []
        secure.redirect = lambda path: "/a.onnx" if path == "/x" else ""
        fetch(wanted(target, f"{secure.url}/x"), HASTE)
    assert target.read_bytes() == CONTENT


def test_a_trickle_within_tls_is_bounded(target: Path, tls: ssl.SSLContext) -> None:
    with serving({"a.onnx": CONTENT}, tls) as secure:
        secure.header_pause_s = 0.05
        begun_s = time.monotonic()
        assert "did not arrive" in refused(wanted(target, f"{secure.url}/a.onnx"), replace(HASTE, file_s=1))
        assert time.monotonic() - begun_s < 1.6


def test_a_server_of_unknown_authority_is_refused(
    target: Path, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with serving({"a.onnx": CONTENT}, tls) as secure:
        assert "CERTIFICATE_VERIFY_FAILED" in refused(wanted(target, f"{secure.url}/a.onnx"))


@pytest.mark.parametrize("proxy", ["socks5://user:hunter2@127.0.0.1:9", "gopher://user:hunter2@127.0.0.1:9"])
def test_a_proxy_of_another_kind_is_said_to_be_so(proxy: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    told = refused(wanted(target, "http://models.example/a.onnx"))
    assert "names a proxy that is no http or https one" in told
    assert "hunter2" not in told
