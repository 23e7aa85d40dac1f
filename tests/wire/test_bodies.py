"""Odd clients and hostile bodies; what needs a real socket is in tests/test_server.py."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests import material
from tests.caller import Caller

BOUNDARY = "b0undary"
HEADERS = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(name: str, value: bytes, filename: str | None = None, content_type: str | None = None) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"' + (
        f'; filename="{filename}"' if filename is not None else ""
    )
    kind = f"\r\nContent-Type: {content_type}" if content_type else ""
    return f"--{BOUNDARY}\r\n{head}{kind}\r\n\r\n".encode() + value + b"\r\n"


def text_parts(caller: Caller, **fields: str) -> bytes:
    return b"".join(part(name, value.encode()) for name, value in {**caller.credentials, **fields}.items())


END = f"--{BOUNDARY}--\r\n".encode()


async def send(caller: Caller, body: bytes | AsyncIterator[bytes], call: str = "validate_still") -> httpx.Response:
    return await caller.client.post(call, content=body, headers=HEADERS)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("video", "multipart/form-data"), ("xxx", None), ("../../etc/passwd", "text/html"), ("", "a/b"), (None, None)],
)
async def test_odd_file_parts_are_files_all_the_same(
    caller: Caller, filename: str | None, content_type: str | None
) -> None:
    video = part("video", material.clip(), filename, content_type)
    assert (await send(caller, text_parts(caller) + video + END)).status_code == 200


@pytest.mark.parametrize("path", ["validate_still%20", "validate_still/", "validate_still%20%20", "validate_still/%20"])
async def test_trailing_blanks_and_slash_are_tolerated(caller: Caller, path: str) -> None:
    answer = await caller.client.post(path, data=caller.credentials, files={"video": material.clip()})
    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_anything_but_post_is_not_found(caller: Caller, method: str) -> None:
    answer = await caller.client.request(method, "verify")
    assert answer.status_code == 404
    assert answer.json()["error_message"] == "API_NOT_FOUND"


async def test_unknown_fields_are_ignored(caller: Caller) -> None:
    extra = part("surprise", b"x", "x.bin") + part("surprise", b"y")
    body = text_parts(caller) + extra + part("video", material.clip(), "v") + END
    assert (await send(caller, body)).status_code == 200


@pytest.mark.parametrize(
    ("extra", "field"),
    [
        (part("biz_no", b"1") + part("biz_no", b"1"), "biz_no"),
        (part("biz_no", b"1", "biz.txt"), "biz_no"),
        (part("biz_no", b"\xff\xfe"), "biz_no"),
        (part("biz_no", b"a\0b"), "biz_no"),
        (part("video", b"x", "v"), "video"),
    ],
)
async def test_damaged_fields(caller: Caller, extra: bytes, field: str) -> None:
    body = text_parts(caller) + part("video", material.clip(), "v") + extra + END
    answer = await send(caller, body)
    assert (answer.status_code, answer.json()["error_message"]) == (400, f"BAD_ARGUMENTS:{field}")


async def test_a_form_without_files_may_be_urlencoded(caller: Caller) -> None:
    answer = await caller.post("verify", {"token": "x", "biz_no": "a b+c=d&é"})
    assert answer.request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert answer.json()["error_message"] == "MISSING_ARGUMENTS:comparison_type"
    assert answer.json()["biz_no"] == "a b+c=d&é"


async def test_a_body_cut_anywhere_is_never_a_success(caller: Caller) -> None:
    body = text_parts(caller) + part("video", material.clip(), "v") + END
    for cut in (*range(0, 700, 23), len(body) // 2, len(body) - 20, len(body) - len(END) + 3):
        answer = await send(caller, body[:cut])
        assert answer.status_code in {400, 403}, cut
        assert re.match("(MISSING|BAD)_ARGUMENTS:|AUTHENTICATION_ERROR$", answer.json()["error_message"]), cut
    cut_in_video = await send(caller, body[: len(body) // 2])
    assert cut_in_video.json()["error_message"] == "BAD_ARGUMENTS:video"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "BAD_ARGUMENTS:body"),
        (b"--", "BAD_ARGUMENTS:body"),
        (b"garbage without any boundary", "BAD_ARGUMENTS:body"),
        (END, "MISSING_ARGUMENTS:api_key"),
        (f"--{BOUNDARY}\r\n\r\n\r\n".encode() + END, "BAD_ARGUMENTS:body"),
        (f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() + END, "MISSING_ARGUMENTS:api_key"),
        (f"--{BOUNDARY}\r\nX: {'y' * 9000}\r\n\r\nx\r\n".encode() + END, "BAD_ARGUMENTS:body"),
        (part("a", b"x") * 200 + END, "BAD_ARGUMENTS:body"),
    ],
)
async def test_malformed_bodies(caller: Caller, body: bytes, message: str) -> None:
    answer = await send(caller, body)
    assert (answer.status_code, answer.json()["error_message"]) == (400, message)


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("", "MISSING_ARGUMENTS:api_key"),
        ("application/json", "BAD_ARGUMENTS:body"),
        ("text/plain", "BAD_ARGUMENTS:body"),
        ("multipart/form-data", "BAD_ARGUMENTS:body"),
        ("multipart/form-data; boundary=", "BAD_ARGUMENTS:body"),
    ],
)
async def test_bodies_that_are_no_form(caller: Caller, content_type: str, message: str) -> None:
    answer = await caller.client.post("verify", content=b"{}", headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["error_message"]) == (400, message)


async def test_urlencoded_bodies_are_bounded(caller: Caller) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    many = await caller.client.post("validate_still", content=b"&" * 60_000, headers=headers)
    large = await caller.client.post("validate_still", content=b"&" * 70_000, headers=headers)
    assert (many.status_code, many.json()["error_message"]) == (400, "BAD_ARGUMENTS:body")
    assert large.status_code == 413


async def test_text_is_bounded_and_a_long_biz_no_is_not_kept(caller: Caller) -> None:
    long, longer = "b" * 60_000, "b" * 70_000
    refused = await caller.still(biz_no=long)
    assert refused.json()["error_message"] == "BAD_ARGUMENTS:biz_no"
    assert refused.json()["biz_no"] == long
    record = caller.installation.stores.records.get(refused.json()["request_id"])
    assert record is not None
    assert record.biz_no is None
    assert len(str(record.response)) < 1000
    assert (await caller.still(biz_no=longer)).status_code == 413


async def test_a_body_that_never_ends_is_refused_early(caller: Caller) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield text_parts(caller) + part("video", b"", "v")[:-2]
        while sent < 1_000:
            sent += 1
            yield bytes(1024 * 1024)

    answer = await send(caller, endless())
    assert (answer.status_code, answer.json()["error_message"]) == (413, "Request Entity Too Large")
    assert sent < 25


async def test_an_oversized_announcement_is_refused_unread(caller: Caller) -> None:
    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    answer = await caller.client.post("verify", content=unread(), headers={**HEADERS, "content-length": str(10**9)})
    assert answer.status_code == 413


async def test_a_reference_over_its_limit(caller: Caller) -> None:
    fields = {"token": "x", "comparison_type": "0", "uuid": "u"}
    answer = await caller.post("verify", fields, {"image_ref1": bytes(2 * 1024 * 1024 + 1)})
    assert answer.status_code == 413
    fits = await caller.post("verify", fields, {"image_ref1": bytes(2 * 1024 * 1024)})
    assert fits.json()["error_message"] == "INVALID_TOKEN"
