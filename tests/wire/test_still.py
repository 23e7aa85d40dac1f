"""validate_still and verify on real input: what comes back, and that it means something."""

import asyncio
import base64
import json
import re
from typing import Any

from likeness.domain.records import Record
from tests import material
from tests.caller import Caller

DOCUMENTED: dict[str, Any] = {
    "time_used": 1943,
    "id_exceptions": {"id_photo_monochrome": 0, "id_attacked": 0},
    "liveness": {"procedure_validation": "PASSED", "face_genuineness": "PASSED"},
    "result_ref1": {"confidence": 59.873, "thresholds": {"1e-3": 65.3, "1e-5": 76.5, "1e-4": 71.8, "1e-6": 79.9}},
    "request_id": "1490012180,eca42fde-ef75-4fb3-8a98-6299e5bf8c4b",
}


def shape(value: object) -> object:
    """Names and types, all the way down."""
    return {name: shape(it) for name, it in value.items()} if isinstance(value, dict) else type(value)


async def test_validate_still_answers_as_documented(caller: Caller) -> None:
    body = (await caller.still()).json()
    assert set(body) == {"token_still", "request_id", "time_used"}
    assert re.fullmatch("[0-9a-f]{32}", body["token_still"])
    with_image = (await caller.still(return_image="1", biz_no="b")).json()
    assert set(with_image) == {"token_still", "image_best", "request_id", "time_used", "biz_no"}
    head, _, picture = with_image["image_best"].partition(",")
    assert head == "data:image/jpeg;base64"
    assert material.decode(base64.b64decode(picture)).shape == (480, 640, 3)


async def test_verify_answers_as_documented(caller: Caller) -> None:
    body = (await caller.verify(await caller.token())).json()
    assert shape(body) == shape(DOCUMENTED)
    assert body["result_ref1"]["thresholds"] == DOCUMENTED["result_ref1"]["thresholds"]
    assert list(body) == list(DOCUMENTED)


async def test_the_same_person_and_somebody_else(caller: Caller) -> None:
    pictures = {
        "image_ref1": material.reference(),
        "image_ref2": material.stranger(),
        "image_ref3": material.reference(),
    }
    body = (await caller.verify(await caller.token(), pictures)).json()
    confidence = [body[f"result_ref{number}"]["confidence"] for number in (1, 2, 3)]
    assert confidence[0] == confidence[2]
    assert confidence[0] > 79.9
    assert confidence[1] < 65.3


async def test_a_doubtful_reference_has_stricter_thresholds_of_its_own(caller: Caller) -> None:
    pictures = {"image_ref1": material.reference(), "image_ref2": material.shaded_reference()}
    answer = (await caller.verify(await caller.token(), pictures)).json()
    plain, doubtful = (answer[f"result_ref{number}"]["thresholds"] for number in (1, 2))
    assert plain == DOCUMENTED["result_ref1"]["thresholds"]
    assert doubtful.keys() == plain.keys()
    assert all(doubtful[rate] >= plain[rate] for rate in plain)
    assert doubtful["1e-3"] > plain["1e-3"]
    record = caller.installation.stores.records.get(answer["request_id"])
    assert record is not None
    told = {field: it["doubtful"] for field, it in record.details["comparisons"].items()}
    assert told == {"image_ref1": False, "image_ref2": True}


async def test_any_subset_of_references(caller: Caller) -> None:
    body = (await caller.verify(await caller.token(), references={"image_ref3": material.reference()})).json()
    assert [name for name in body if name.startswith("result")] == ["result_ref3"]


async def test_a_face_swapped_half_way_is_inconsistent_and_remembered(caller: Caller) -> None:
    body = (await caller.verify(await caller.token(material.swapped_clip()), uuid="swapper")).json()
    assert body["liveness"] == {"procedure_validation": "VIDEO_FACE_INCONSISTENT"}
    assert not [name for name in body if name.startswith("result")]
    assert body["id_exceptions"]["id_attacked"] == 0
    token = await caller.token()
    later = {
        uuid: (await caller.verify(token, uuid=uuid)).json()["id_exceptions"]["id_attacked"]
        for uuid in ("swapper", "somebody else")
    }
    assert later == {"swapper": 1, "somebody else": 0}


async def test_a_black_and_white_reference_is_told(caller: Caller) -> None:
    token = await caller.token()
    told = [
        (await caller.verify(token, references=picture)).json()["id_exceptions"]["id_photo_monochrome"]
        for picture in (material.reference(), material.grey_reference())
    ]
    assert told == [0, 1]


async def test_a_turned_reference_is_found_when_asked(caller: Caller) -> None:
    token = await caller.token()
    plain = (await caller.verify(token, references=material.turned_reference())).json()
    turned = await caller.verify(token, multi_oriented_detection="1", references=material.turned_reference())
    assert plain["error_message"] == "NO_FACE_FOUND:image_ref1"
    assert turned.json()["result_ref1"]["confidence"] > 79.9


async def test_several_faces_in_a_reference_may_be_allowed(caller: Caller) -> None:
    answer = await caller.verify(
        await caller.token(), fail_when_ref_multiple_faces="0", references=material.two_faces()
    )
    assert answer.json()["result_ref1"]["confidence"] > 79.9


async def test_several_faces_in_the_clip_are_told_when_asked(caller: Caller) -> None:
    alone, accompanied = await caller.token(), await caller.token(material.accompanied_clip())
    one = (await caller.verify(alone, return_multifaces_tag="1")).json()
    several = (await caller.verify(accompanied, return_multifaces_tag="1")).json()
    assert (one["multifaces_tag"], one["multifaces_image"]) == ("0", "")
    assert several["multifaces_tag"] == "1"
    assert material.decode(base64.b64decode(several["multifaces_image"])).shape == (480, 640, 3)
    assert "multifaces_tag" not in (await caller.verify(accompanied)).json()


async def test_two_callers_at_once_never_mix(caller: Caller) -> None:
    token = await caller.token()

    async def one(number: int) -> bool:
        picture = material.stranger() if number % 2 else material.reference()
        answer = (await caller.verify(token, biz_no=str(number), references=picture)).json()
        same = answer["result_ref1"]["confidence"] > 79.9
        return bool(answer["biz_no"] == str(number) and same == (number % 2 == 0))

    assert all(await asyncio.gather(*(one(number) for number in range(24))))


async def test_every_call_leaves_a_record(caller: Caller) -> None:
    token = await caller.token(biz_no="b-1")
    records = caller.installation.stores.records

    def kept_of(answer: dict[str, Any]) -> Record:
        record = records.get(answer["request_id"])
        assert record is not None
        return record

    good = (await caller.verify(token, uuid="u-1", biz_no="b-2")).json()
    bad = (await caller.verify(token, references=b"junk")).json()
    unknown = (await caller.post("verify", {"api_key": "nobody"})).json()

    kept = kept_of(good)
    assert (kept.call, kept.outcome, kept.biz_no, kept.uuid) == ("verify", "OK", "b-2", "u-1")
    assert (kept.procedure_validation, kept.face_genuineness) == ("PASSED", good["liveness"]["face_genuineness"])
    assert kept.details["comparisons"]["image_ref1"]["confidence"] > 79.9
    assert kept.details["thresholds"]
    assert kept.details["capture"]["model_digests"]
    assert kept.response["result_ref1"] == good["result_ref1"]
    assert records.pictures(good["request_id"]) == {"image_ref1": material.reference()}
    assert kept_of(bad).outcome == "IMAGE_ERROR_UNSUPPORTED_FORMAT:image_ref1"
    assert kept_of(unknown).key_id is None
    assert token not in json.dumps([kept.details, kept.response])
