"""Digits read aloud, from the challenge to the verdict, through the wire."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from likeness import samples, spoken_clips
from likeness.domain.capture import Capture, SpokenAnswer
from likeness.domain.records import Permission, Record
from likeness.domain.spoken import Heard, LipSync, Spoken
from likeness.spoken_clips import Footage
from tests import material
from tests.caller import Caller

DIGITS = "2864"


@pytest.fixture(scope="session")
def footage(data: Path) -> Footage:
    """The speaker of GRID who says DIGITS."""
    return spoken_clips.spliced(data / "grid" / "s1", DIGITS)


@pytest.fixture(scope="session")
def spoken(footage: Footage) -> bytes:
    return spoken_clips.encode(footage)


def best_frame(footage: Footage) -> bytes:
    """A picture of the speaker."""
    return samples.encode(footage.frames[3])


async def judged(caller: Caller, clip: bytes, reference: bytes, **fields: str) -> tuple[str, Record]:
    """What verify says of the procedure for a clip made for DIGITS, and its record."""
    return await verified(caller, await caller.spoken_token(clip, DIGITS), reference, **fields)


async def verified(caller: Caller, token: str, reference: bytes, **fields: str) -> tuple[str, Record]:
    """What verify says of the procedure behind the token, and its record."""
    answer = await caller.verify(token, reference, **fields)
    assert answer.status_code == 200, answer.text
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    procedure: str = answer.json()["liveness"]["procedure_validation"]
    if procedure != "PASSED":
        assert "face_genuineness" not in answer.json()["liveness"]
        assert "result_ref1" not in answer.json()
    return procedure, record


# --- the digits -------------------------------------------------------------------------------------------------------
async def test_digits_do_not_repeat_at_once_and_are_never_the_same(caller: Caller) -> None:
    asked = [await caller.digits() for _ in range(40)]
    for digits, _ in asked:
        assert len(digits) == 4
        assert digits.isdecimal()
        assert all(one != other for one, other in pairwise(digits))
    assert len({token for _, token in asked}) == 40
    assert len({digits for digits, _ in asked}) > 30
    assert {digit for digits, _ in asked for digit in digits} == set("0123456789")


async def test_a_call_without_files_may_be_urlencoded(caller: Caller) -> None:
    answer = await caller.client.post("get_random_number", data={**caller.credentials, "biz_no": "b-7"})
    assert answer.status_code == 200
    assert answer.json()["biz_no"] == "b-7"


# --- a clip -----------------------------------------------------------------------------------------------------------
async def test_who_reads_the_digits_passes(caller: Caller, spoken: bytes, footage: Footage) -> None:
    answer = await caller.video(spoken, caller.challenge(DIGITS), return_image="1", biz_no="b-9")
    assert answer.status_code == 200, answer.text
    assert answer.json()["biz_no"] == "b-9"
    assert answer.json()["image_best"].startswith("data:image/jpeg;base64,")
    judgement = (await caller.verify(answer.json()["token_video"], best_frame(footage))).json()
    assert judgement["liveness"]["procedure_validation"] == "PASSED"
    assert judgement["result_ref1"]["confidence"] > judgement["result_ref1"]["thresholds"]["1e-6"]


async def test_other_digits_are_not_those_asked(caller: Caller, footage: Footage, data: Path) -> None:
    other = spoken_clips.splice(data / "grid" / "s1", "2869")
    procedure, record = await judged(caller, other, best_frame(footage))
    assert procedure == "VIDEO_SR_ERROR"
    grounds = record.details["procedure"]
    assert grounds["asked"] == DIGITS
    assert grounds["heard"]["digits"] != DIGITS
    assert grounds["heard"]["score"] < grounds["said_threshold"]
    assert record.attacked is False


ATTACKS: dict[str, Callable[[Footage, Path], Footage]] = {
    "a photo with sound": lambda footage, _: spoken_clips.still(footage),
    "a silent face, dubbed": lambda footage, folder: spoken_clips.dubbed(spoken_clips.resting(folder), footage),
    "sound 0.5 s late": lambda footage, _: spoken_clips.delayed(footage, 0.5),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_lips_that_do_not_say_it_are_not_synchronized(
    caller: Caller, footage: Footage, data: Path, attack: str
) -> None:
    clip = spoken_clips.encode(ATTACKS[attack](footage, data / "grid" / "s1"))
    procedure, record = await judged(caller, clip, best_frame(footage))
    grounds = record.details["procedure"]
    assert procedure == "VIDEO_NOT_SYNCHRONIZED", grounds
    assert grounds["lip_sync"]["score"] < grounds["agreement_threshold"]
    assert grounds["heard"]["digits"] == DIGITS
    assert record.attacked is False


async def test_a_face_swapped_half_way_is_not_one_person(caller: Caller, footage: Footage) -> None:
    half = len(footage.frames) // 2
    size = footage.frames[0].shape[1::-1]
    other = material.as_image(cv2.resize(samples.pan_frames()[0], size))
    swapped = Footage((*footage.frames[:half], *[other] * (len(footage.frames) - half)), footage.samples)
    procedure, record = await judged(caller, spoken_clips.encode(swapped), best_frame(footage), uuid="swapped")
    assert procedure == "VIDEO_FACE_INCONSISTENT"
    assert record.attacked is True
    later = await caller.verify(await caller.token(), uuid="swapped")
    assert later.json()["id_exceptions"]["id_attacked"] == 1


def surely_passing(caller: Caller, token: str) -> str:
    """A token of the same capture, had digits and lips been as sure as they can be."""
    services = caller.installation.services
    key = services.keys.authenticate(caller.api_key, caller.api_secret)
    capture = services.captures.get(key.id, token, Capture)
    answer = SpokenAnswer(DIGITS, Spoken(Heard(DIGITS, 100.0), LipSync(1.0, 0.0)))
    return services.captures.add(key.id, "1,test", replace(capture, answer=answer))


async def test_strictness_moves_both_thresholds_and_the_level(caller: Caller, spoken: bytes, footage: Footage) -> None:
    token = surely_passing(caller, await caller.spoken_token(spoken, DIGITS))
    procedure, usual = await verified(caller, token, best_frame(footage))
    stricter, strict = await verified(caller, token, best_frame(footage), liveness_preferences="video_strict")
    assert (procedure, stricter) == ("PASSED", "PASSED")
    for name in ("said_threshold", "agreement_threshold"):
        assert strict.details["procedure"][name] > usual.details["procedure"][name]
    assert usual.details["genuineness"]["level"] == "normal"
    assert strict.details["genuineness"]["level"] == "strict"


async def test_the_token_stands_for_one_thing_only(caller: Caller, spoken: bytes) -> None:
    still, (_, digits) = await caller.token(), await caller.digits()
    video, front = await caller.spoken_token(spoken, DIGITS), await caller.front_token()
    wrong: list[Callable[[], Awaitable[httpx.Response]]] = [
        *(partial(caller.video, spoken, token) for token in (still, video, front)),
        *(partial(caller.side, material.front_selfie(), token) for token in (still, video, digits)),
        *(partial(caller.verify, token) for token in (digits, front)),
    ]
    for ask in wrong:
        answer = await ask()
        assert (answer.status_code, answer.json()["error_message"]) == (400, "INVALID_TOKEN")


# --- what cannot be judged --------------------------------------------------------------------------------------------
CLIPS: dict[str, Callable[[], bytes]] = {
    "VIDEO_UNSUPPORTED_FORMAT": material.reference,
    "VIDEO_INVALID_DURATION": lambda: material.sounding(samples.pan_frames(), duration_s=2.0),
    "VIDEO_NO_AUDIO": material.silent_clip,
    "VIDEO_FACE_NOT_FOUND": lambda: material.sounding([frame[:, :120] for frame in samples.pan_frames()]),
    "VIDEO_MULTIPLE_FACES": lambda: material.sounding(
        [np.hstack([frame[:, 120:520]] * 2) for frame in samples.pan_frames()]
    ),
    "VIDEO_LOW_FACE_QUALITY": lambda: material.sounding(
        [material.as_image(cv2.GaussianBlur(frame, (0, 0), 8)) for frame in samples.pan_frames()]
    ),
}


@pytest.mark.parametrize("message", CLIPS)
async def test_a_clip_that_cannot_be_judged(caller: Caller, message: str) -> None:
    answer = await caller.video(CLIPS[message]())
    assert (answer.status_code, answer.json()["error_message"]) == (400, message)


@pytest.mark.parametrize("duration_s", [2.6, 6.4])
async def test_a_clip_lasts_from_3_to_6_seconds(caller: Caller, duration_s: float) -> None:
    answer = await caller.video(material.sounding(samples.pan_frames()[:1], duration_s=duration_s))
    assert answer.json()["error_message"] == "VIDEO_INVALID_DURATION"


async def test_nobody_speaks(caller: Caller) -> None:
    procedure, record = await judged(caller, material.sounding_clip(), material.reference())
    assert procedure == "VIDEO_SR_ERROR"
    assert len(record.details["procedure"]["heard"]["digits"]) < len(DIGITS)


@pytest.mark.parametrize(
    ("fields", "files", "message"),
    [
        ({}, {}, "MISSING_ARGUMENTS:token_random_number"),
        ({"token_random_number": "x"}, {}, "MISSING_ARGUMENTS:video"),
        ({"token_random_number": "x"}, {"video": b"junk"}, "INVALID_TOKEN"),
        ({"token_random_number": "x", "return_image": "yes"}, {"video": b"junk"}, "BAD_ARGUMENTS:return_image"),
    ],
)
async def test_the_form_is_judged_in_table_order(
    caller: Caller, fields: dict[str, str], files: dict[str, bytes], message: str
) -> None:
    answer = await caller.post("validate_video", fields, files)
    assert (answer.status_code, answer.json()["error_message"]) == (400, message)


@pytest.mark.parametrize("call", ["get_random_number", "validate_video"])
async def test_the_calls_need_their_permission(caller: Caller, call: str) -> None:
    others = Caller.fresh(caller.client, caller.installation, *(set(Permission) - {Permission.VIDEO}))
    answer = await others.post(call)
    assert (answer.status_code, answer.json()["error_message"]) == (403, "AUTHORIZATION_ERROR:Denied")
