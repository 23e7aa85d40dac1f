"""Files are fetched whole and as stated, or not at all, from servers that cut, lie, stall and send elsewhere."""

import resource
import time
from dataclasses import replace
from pathlib import Path

import pytest

from likeness.models.download import fetch
from likeness.models.transfer import REDIRECTS_LIMIT
from tests.models.fetching import CONTENT, HASTE, OLD, OTHER, refused, wanted
from tests.models.mirror import Mirror, serving


def test_a_file_is_fetched_once(mirror: Mirror, target: Path, part: Path) -> None:
    told = list[int]()
    assert fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE, lambda done, _: told.append(done))
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o644
    assert told == sorted(told)
    assert told[-1] == len(CONTENT)
    assert not fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert mirror.asked == [("/a.onnx", None)]
    assert not part.exists()
    part.mkdir()  # what is there needs nothing to be written
    assert not fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)


def test_cut_connections_are_continued(mirror: Mirror, target: Path) -> None:
    mirror.cuts = [20_000, 5_000, 0]
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    assert mirror.spans == [None, "bytes=20000-", "bytes=25000-", "bytes=25000-"]
    assert mirror.sent == len(CONTENT)


def test_an_answer_of_no_stated_length_that_ends_early_is_continued(mirror: Mirror, target: Path) -> None:
    mirror.stated_length, mirror.cuts = None, [20_000]
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    assert mirror.spans == [None, "bytes=20000-"]


def test_tries_are_bounded_and_what_arrived_is_kept(mirror: Mirror, target: Path, part: Path) -> None:
    mirror.cuts = [20_000, 0, 0, 0, 0, 0]
    assert "failed 4 times" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert len(mirror.asked) == HASTE.attempts
    assert part.read_bytes() == CONTENT[:20_000]
    assert part.stat().st_mode & 0o777 == 0o600
    mirror.cuts, mirror.asked = [], []
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert mirror.spans == ["bytes=20000-"]
    assert target.read_bytes() == CONTENT
    assert not part.exists()


def test_pauses_grow(mirror: Mirror, target: Path) -> None:
    mirror.statuses = [503, 429, 500]
    begun_s = time.monotonic()
    fetch(wanted(target, f"{mirror.url}/a.onnx"), replace(HASTE, pause_s=0.1))
    assert 0.7 <= time.monotonic() - begun_s < 3
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("ranges", ["ignored", "refused", "shifted"])
def test_a_server_without_ranges_sends_the_whole(ranges: str, mirror: Mirror, target: Path, part: Path) -> None:
    part.write_bytes(CONTENT[:20_000])
    mirror.ranges = ranges
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    assert mirror.spans == ["bytes=20000-", None][: 1 if ranges == "ignored" else 2]


@pytest.mark.parametrize("left", [OTHER[:20_000], OTHER, OTHER * 2, CONTENT[:-1] + b"x", b""])
def test_a_wrong_part_is_begun_anew(left: bytes, mirror: Mirror, target: Path, part: Path) -> None:
    part.write_bytes(left)
    fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    continued = 0 < len(left) < len(CONTENT)
    assert mirror.spans == ([f"bytes={len(left)}-", None] if continued else [None])


def test_a_whole_part_needs_no_network(target: Path, part: Path) -> None:
    part.write_bytes(CONTENT)
    fetch(wanted(target, "http://127.0.0.1:9/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    assert not part.exists()


def test_wrong_bytes_are_refused_and_not_kept(mirror: Mirror, target: Path, part: Path) -> None:
    part.write_bytes(OTHER[:20_000])
    assert "SHA-256 differs" in refused(wanted(target, f"{mirror.url}/other.onnx"))
    assert mirror.spans == ["bytes=20000-", None]  # anew once, no more
    assert not part.exists()


def test_wrong_bytes_that_are_cut_are_begun_anew_once(mirror: Mirror, target: Path) -> None:
    mirror.cuts = [20_000, 50_000] * 4
    assert "SHA-256 differs" in refused(wanted(target, f"{mirror.url}/other.onnx"))
    assert mirror.spans == [None, "bytes=20000-"] * 2


@pytest.mark.parametrize("left", [b"", CONTENT[:20_000]])
def test_another_length_is_refused_before_it_is_read(left: bytes, mirror: Mirror, target: Path, part: Path) -> None:
    part.write_bytes(left)
    for content in (CONTENT + b"more", CONTENT[:-1]):
        mirror.files["a.onnx"] = content
        told = refused(wanted(target, f"{mirror.url}/a.onnx"))
        assert f"has {len(content):,} bytes where the manifest says 50,000" in told
    assert (part.read_bytes() if part.exists() else b"") == left
    mirror.files["a.onnx"], mirror.stated_length = CONTENT, 49_000
    assert "where the manifest says" in refused(wanted(target, f"{mirror.url}/a.onnx"))


def test_a_part_of_another_length_is_refused_before_it_is_read(mirror: Mirror, target: Path, part: Path) -> None:
    part.write_bytes(CONTENT[:20_000])
    mirror.files["a.onnx"], mirror.stated_length = CONTENT + b"more", None  # the range alone tells
    assert "has 50,004 bytes where" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert part.read_bytes() == CONTENT[:20_000]
    assert len(mirror.asked) == 1


def test_no_more_than_the_stated_size_is_written(mirror: Mirror, target: Path, part: Path) -> None:
    mirror.files["a.onnx"], mirror.stated_length = CONTENT * 400, None
    limit = (len(CONTENT), resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)  # one byte more would be said to be a full disk
    try:
        assert "has more than the 50,000 bytes" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert mirror.sent < len(CONTENT) * 400
    assert not part.exists()


def test_addresses_are_tried_in_turn(mirror: Mirror, target: Path) -> None:
    addresses = [f"{mirror.url}/{name}" for name in ("none.onnx", "other.onnx", "a.onnx", "never.onnx")]
    fetch(wanted(target, "http://127.0.0.1:9/a.onnx", "no address", *addresses), HASTE)
    assert target.read_bytes() == CONTENT
    assert [path for path, _ in mirror.asked] == ["/none.onnx", "/other.onnx", "/a.onnx"]


def test_every_address_is_named_with_its_reason_and_without_secrets(mirror: Mirror, target: Path) -> None:
    secret = mirror.url.replace("//", "//user:hunter2@") + "/none.onnx?token=hunter2"
    told = refused(wanted(target, secret, "http://127.0.0.1:9/a.onnx", "no:address:at:all"))
    assert f"{mirror.url}/none.onnx answered 404 Not Found" in told
    assert "http://127.0.0.1:9/a.onnx failed 4 times, the last time: [Errno 111] Connection refused" in told
    assert "is no http or https address" in told
    assert "--mirror" in told
    assert "hunter2" not in told


def test_a_stall_is_bounded_and_continued(mirror: Mirror, target: Path) -> None:
    mirror.stall_s = 1.5
    begun_s = time.monotonic()
    assert "did not answer in time" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert time.monotonic() - begun_s < 3
    assert mirror.spans == [None, "bytes=1000-", "bytes=2000-", "bytes=3000-"]


@pytest.mark.parametrize("switch", ["piece_pause_s", "header_pause_s"])
def test_a_trickle_is_bounded(switch: str, mirror: Mirror, target: Path) -> None:
    setattr(mirror, switch, 0.05)  # each wait is within bounds
    begun_s = time.monotonic()
    told = refused(wanted(target, f"{mirror.url}/a.onnx"), replace(HASTE, file_s=1))
    assert "did not arrive within 1 s; pull again to go on from" in told
    assert time.monotonic() - begun_s < 1.6


def test_redirects_are_followed_to_a_bound(mirror: Mirror, target: Path) -> None:
    with serving({"a.onnx": CONTENT}) as elsewhere:
        mirror.redirect = lambda _: f"{elsewhere.url}/a.onnx"
        fetch(wanted(target, f"{mirror.url}/a.onnx"), HASTE)
    assert target.read_bytes() == CONTENT
    target.write_bytes(OLD)
    mirror.asked, mirror.redirect = [], lambda path: f"{path}x"
    assert f"redirects more than {REDIRECTS_LIMIT} times" in refused(wanted(target, f"{mirror.url}/a.onnx"))
    assert len(mirror.asked) == REDIRECTS_LIMIT + 1
    mirror.redirect = lambda _: "file:///etc/passwd"
    assert "is no http or https address" in refused(wanted(target, f"{mirror.url}/a.onnx"))
