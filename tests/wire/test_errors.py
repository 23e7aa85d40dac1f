"""One test per row of the error table, through the wire."""

import asyncio
import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
import sqlalchemy as sa

from likeness.app import create_app
from likeness.compose import embedded
from likeness.domain.records import Permission
from likeness.settings import Settings
from likeness.wire.errors import TABLE
from tests import material
from tests.caller import Caller

Row = Callable[[Caller], Awaitable[httpx.Response]]

REQUEST_ID = re.compile(r"\d{10},[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def reference(caller: Caller, picture: bytes, field: str = "image_ref1") -> httpx.Response:
    return await caller.verify(await caller.token(), {field: picture})


async def wrong_secret(caller: Caller) -> httpx.Response:
    return await caller.post("validate_still", {"api_secret": "x" * 32}, {"video": material.clip()})


async def disabled_key(caller: Caller) -> httpx.Response:
    caller.installation.stores.keys.set_enabled(caller.api_key, enabled=False)
    return await caller.still()


async def one_call_too_many(caller: Caller) -> httpx.Response:
    limited = Caller.fresh(caller.client, caller.installation, calls_under_way_limit=1)
    answers = await asyncio.gather(*(limited.still() for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403]
    return max(answers, key=lambda answer: answer.status_code)


async def unknown_path(caller: Caller) -> httpx.Response:
    return await caller.post("no_such_call")


async def large_video(caller: Caller) -> httpx.Response:
    return await caller.still(bytes(20 * 1024 * 1024 + 1))


ROWS: dict[str, tuple[int, Row]] = {
    "MISSING_ARGUMENTS:video": (400, lambda caller: caller.post("validate_still")),
    "BAD_ARGUMENTS:return_image": (400, lambda caller: caller.still(return_image="yes")),
    "INVALID_TOKEN": (400, lambda caller: caller.verify("0" * 32)),
    "IMAGE_ERROR_UNSUPPORTED_FORMAT:image_ref1": (400, lambda caller: reference(caller, b"not a picture")),
    "INVALID_IMAGE_SIZE:image_ref2": (400, lambda caller: reference(caller, material.wide_png(), "image_ref2")),
    "NO_FACE_FOUND:image_ref3": (400, lambda caller: reference(caller, material.no_face(), "image_ref3")),
    "MULTIPLE_FACES:image_ref1": (400, lambda caller: reference(caller, material.two_faces())),
    "VIDEO_UNSUPPORTED_FORMAT": (400, lambda caller: caller.still(material.reference())),
    "VIDEO_INVALID_DURATION": (400, lambda caller: caller.still(material.short_clip())),
    "VIDEO_FACE_NOT_FOUND": (400, lambda caller: caller.still(material.faceless_clip())),
    "VIDEO_MULTIPLE_FACES": (400, lambda caller: caller.still(material.crowded_clip())),
    "VIDEO_LOW_FACE_QUALITY": (400, lambda caller: caller.still(material.blurred_clip())),
    "VIDEO_NO_AUDIO": (400, lambda caller: caller.video(material.silent_clip())),
    "FACE_BLURRED": (400, lambda caller: caller.front(material.blurred_selfie())),
    "FACE_POOR_LIGHT": (400, lambda caller: caller.front(material.dark_selfie())),
    "FACE_NOT_SIDE": (400, lambda caller: caller.side(material.front_selfie())),
    "FACE_NOT_PROPER_POSITION": (400, lambda caller: caller.front(material.cut_off_selfie())),
    "AUTHENTICATION_ERROR": (403, wrong_secret),
    "AUTHORIZATION_ERROR:Denied": (403, disabled_key),
    "CONCURRENCY_LIMIT_EXCEEDED": (403, one_call_too_many),
    "API_NOT_FOUND": (404, unknown_path),
    "Request Entity Too Large": (413, large_video),
}


WITH_DATA = {"FACE_NOT_FRONT"}
"""In test_selfies.py: no free picture of a turned head can be installed."""


def test_every_row_of_the_table_is_tested() -> None:
    bare = {message if message.startswith("AUTHORIZATION") else message.split(":")[0] for message in ROWS}
    assert bare | WITH_DATA | {"INTERNAL_ERROR"} == {row.message for row in TABLE.values()}


@pytest.mark.parametrize("message", ROWS)
async def test_error(caller: Caller, message: str) -> None:
    status, provoke = ROWS[message]
    answer = await provoke(caller)
    body = answer.json()
    assert (answer.status_code, body["error_message"]) == (status, message)
    assert REQUEST_ID.fullmatch(body["request_id"])
    assert isinstance(body["time_used"], int)
    assert list(body) == ["error_message", "request_id", "time_used"]


async def test_internal_error_without_a_record_to_show_for_it(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("broken"), "workers": 1})
    broken = embedded(own)
    await broken.engine.start()
    transport = httpx.ASGITransport(create_app(broken))
    async with httpx.AsyncClient(transport=transport, base_url="http://likeness/faceid/lite/raw", timeout=60) as client:
        caller = Caller.fresh(client, broken)
        with broken.stores.database.writing() as connection:
            connection.execute(sa.text("DROP TABLE pictures"))
        answer = await caller.still(biz_no="b-1")
        assert answer.status_code == 500
        assert answer.json()["error_message"] == "INTERNAL_ERROR"
        assert answer.json()["biz_no"] == "b-1"
        assert "token_still" not in answer.json()
    await broken.engine.close()
    broken.stores.close()


@pytest.mark.parametrize("picture", ["image_ref1", "image_ref2"])
async def test_the_first_bad_reference_is_blamed(caller: Caller, picture: str) -> None:
    pictures = {"image_ref1": material.reference(), "image_ref2": material.reference(), "image_ref3": b"junk"}
    answer = await caller.verify(await caller.token(), {**pictures, picture: material.no_face()})
    assert answer.json()["error_message"] == f"NO_FACE_FOUND:{picture}"


@pytest.mark.parametrize(
    ("fields", "files", "message"),
    [
        ({"api_key": ""}, {}, "MISSING_ARGUMENTS:api_key"),
        ({"api_secret": ""}, {}, "MISSING_ARGUMENTS:api_secret"),
        ({}, {}, "MISSING_ARGUMENTS:token"),
        ({"token": "x"}, {}, "MISSING_ARGUMENTS:comparison_type"),
        ({"token": "x", "comparison_type": "7"}, {}, "MISSING_ARGUMENTS:uuid"),
        ({"token": "x", "comparison_type": "7", "uuid": "u"}, {}, "MISSING_ARGUMENTS:image_ref1"),
        ({"token": "x", "comparison_type": "7", "uuid": "u"}, {"image_ref2": b"x"}, "BAD_ARGUMENTS:comparison_type"),
        ({"token": "x", "comparison_type": "0", "uuid": "u" * 513}, {"image_ref2": b"x"}, "BAD_ARGUMENTS:uuid"),
        ({"token": "x", "comparison_type": "0", "uuid": "é" * 257}, {"image_ref2": b"x"}, "BAD_ARGUMENTS:uuid"),
        (
            {"token": "x", "comparison_type": "0", "uuid": "u", "fail_when_ref_multiple_faces": "2"},
            {"image_ref2": b"x"},
            "BAD_ARGUMENTS:fail_when_ref_multiple_faces",
        ),
        (
            {"token": "x", "comparison_type": "0", "uuid": "u", "liveness_preferences": "lax"},
            {"image_ref2": b"x"},
            "BAD_ARGUMENTS:liveness_preferences",
        ),
        (
            {"token": "x", "comparison_type": "0", "uuid": "u", "biz_no": "b" * 129},
            {"image_ref2": b"x"},
            "BAD_ARGUMENTS:biz_no",
        ),
        ({"token": "x" * 1025, "comparison_type": "0", "uuid": "u"}, {"image_ref2": b"x"}, "INVALID_TOKEN"),
        ({"token": "é", "comparison_type": "0", "uuid": "u"}, {"image_ref2": b"x"}, "INVALID_TOKEN"),
    ],
)
async def test_arguments_are_judged_in_order(
    caller: Caller, fields: dict[str, str], files: dict[str, bytes], message: str
) -> None:
    answer = await caller.post("verify", fields, files or {"other": b""})
    assert answer.json()["error_message"] == message


async def test_both_spellings_of_the_preference(caller: Caller) -> None:
    agreeing = await caller.still(liveness_preference="still_strict", liveness_preferences="still_strict")
    differing = await caller.still(liveness_preference="none", liveness_preferences="still_strict")
    assert agreeing.status_code == 200
    assert differing.json()["error_message"] == "BAD_ARGUMENTS:liveness_preferences"


async def test_biz_no_comes_back_even_when_it_is_what_was_wrong(caller: Caller) -> None:
    for biz_no in ("order 7/é字", "b" * 129):
        answer = await caller.still(b"junk", biz_no=biz_no)
        assert answer.status_code == 400
        assert answer.json()["biz_no"] == biz_no


async def test_permissions(caller: Caller) -> None:
    async def message(permissions: tuple[Permission, ...], call: str) -> str:
        limited = Caller.fresh(caller.client, caller.installation, *permissions)
        answer = await (limited.still() if call == "validate_still" else limited.verify("0" * 32))
        return str(answer.json().get("error_message"))

    assert await message((Permission.COMPARE,), "validate_still") == "AUTHORIZATION_ERROR:Denied"
    assert await message((Permission.STILL,), "verify") == "AUTHORIZATION_ERROR:Denied"
    assert await message((Permission.STILL,), "validate_still") == "None"
    assert await message((Permission.COMPARE,), "verify") == "INVALID_TOKEN"


async def test_verify_needs_the_permission_of_the_tokens_procedure(caller: Caller) -> None:
    token = await caller.token()
    keys = caller.installation.stores.keys
    with caller.installation.stores.database.writing() as connection:
        connection.execute(
            sa.text("UPDATE keys SET permissions = :only WHERE api_key = :key"),
            {"only": '["compare"]', "key": caller.api_key},
        )
    assert keys.authenticate(caller.api_key, caller.api_secret).permissions == {Permission.COMPARE}
    assert (await caller.verify(token)).json()["error_message"] == "AUTHORIZATION_ERROR:Denied"


async def test_call_limit_is_exact(caller: Caller) -> None:
    limited = Caller.fresh(caller.client, caller.installation, calls_limit=2)
    answers = [(await limited.still(b"junk")).json()["error_message"] for _ in range(4)]
    assert answers == ["VIDEO_UNSUPPORTED_FORMAT"] * 2 + ["AUTHORIZATION_ERROR:Denied"] * 2


async def test_anothers_token_is_no_token(caller: Caller) -> None:
    other = Caller.fresh(caller.client, caller.installation)
    assert (await other.verify(await caller.token())).json()["error_message"] == "INVALID_TOKEN"


async def test_video_too_long(caller: Caller) -> None:
    assert (await caller.still(material.long_clip())).json()["error_message"] == "VIDEO_INVALID_DURATION"
