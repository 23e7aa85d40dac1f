"""Two selfies, from the front and from the side, through the wire."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

from likeness import samples
from likeness.domain.records import Permission, Record
from tests import material
from tests.caller import Caller

FRONT = ("026", "frontal", 1)
SIDE = ("026", "profile", 1)
OTHER_SIDE = ("014", "profile", 1)
"""Pictures of CFP: person, pose and number."""


def camera(
    picture: bytes,
    model: str | None = "A",
    time: str = "2026:03:01 10:00:00",
    size: tuple[int, int] | None = None,
) -> bytes:
    """The picture as a JPEG of this camera."""
    exif = Image.Exif()
    if model is not None:
        exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Maker", model
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = time
    out = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.resize(size or image.size).save(out, "JPEG", exif=exif.tobytes(), quality=92)
    return out.getvalue()


def portrait(data: Path, person: str, pose: str, number: int) -> bytes:
    """A picture of CFP, which are cut out around heads, with some room around it."""
    picture = material.decode((data / "cfp" / person / pose / f"{number:02}.jpg").read_bytes())
    room = picture.shape[1] // 4
    wide = cv2.copyMakeBorder(picture, room, room, room, room, cv2.BORDER_REPLICATE)
    return samples.encode(material.as_image(cv2.resize(wide, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)))


@pytest.fixture(scope="session")
def front(data: Path) -> bytes:
    return portrait(data, *FRONT)


@pytest.fixture(scope="session")
def side(data: Path) -> bytes:
    return portrait(data, *SIDE)


async def judged(caller: Caller, front: bytes, side: bytes, **fields: str) -> tuple[str, Record]:
    """What verify says of the procedure for two selfies, and its record."""
    answer = await caller.verify(await caller.side_token(front, side), front, **fields)
    assert answer.status_code == 200, answer.text
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    procedure: str = answer.json()["liveness"]["procedure_validation"]
    return procedure, record


async def test_two_selfies_of_one_person_pass(caller: Caller, front: bytes, side: bytes) -> None:
    token = await caller.side_token(front, side)
    verified = (await caller.verify(token, front, return_multifaces_tag="1")).json()
    assert verified["liveness"]["procedure_validation"] == "PASSED"
    assert verified["result_ref1"]["confidence"] > verified["result_ref1"]["thresholds"]["1e-4"]
    assert verified["multifaces_tag"] == "0"
    stranger = (await caller.verify(token, material.reference())).json()
    assert stranger["result_ref1"]["confidence"] < stranger["result_ref1"]["thresholds"]["1e-3"]


async def test_two_people_are_inconsistent(caller: Caller, front: bytes, data: Path) -> None:
    procedure, record = await judged(caller, front, portrait(data, *OTHER_SIDE))
    assert procedure == "SELFIE_INCONSISTENT"
    grounds = record.details["procedure"]
    assert grounds["similarity"] < grounds["similarity_threshold"]
    assert record.attacked is False


async def test_a_face_turned_away_is_not_front(caller: Caller, side: bytes) -> None:
    answer = await caller.front(side)
    assert (answer.status_code, answer.json()["error_message"]) == (400, "FACE_NOT_FRONT")


async def test_the_record_of_a_refused_selfie_has_its_figures_beside_the_limits(caller: Caller, side: bytes) -> None:
    blurred, turned = await caller.front(material.blurred_selfie()), await caller.front(side)
    ahead = await caller.side(material.front_selfie())
    figures, limits = [], []
    for answer in (blurred, turned, ahead):
        assert answer.status_code == 400
        record = caller.installation.stores.records.get(answer.json()["request_id"])
        assert record is not None
        figures.append(record.details["selfie"])
        limits.append(record.details["selfie_thresholds"])
    assert figures[0]["quality"]["sharpness"] < limits[0]["front_sharpness"]
    assert abs(figures[1]["pose"]["yaw_deg"]) > limits[1]["front_yaw_deg"]
    assert abs(figures[2]["pose"]["yaw_deg"]) < limits[2]["side_yaw_deg"]


# --- what the files say -----------------------------------------------------------------------------------------------
PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "nothing": ({"model": None}, {"model": None}, ()),
    "one camera": ({}, {"time": "2026:03:01 10:00:20"}, ()),
    "two cameras": ({}, {"model": "B"}, ("model",)),
    "one file stripped": ({}, {"model": None}, ("make", "model", "time")),
    "a day between": ({}, {"time": "2026:03:02 10:00:00"}, ("time",)),
}


@pytest.mark.parametrize("case", PAIRS)
async def test_what_the_files_say_is_compared(caller: Caller, front: bytes, side: bytes, case: str) -> None:
    of_front, of_side, expected = PAIRS[case]
    size = Image.open(io.BytesIO(front)).size
    one, other = camera(front, **of_front), camera(side, size=size, **of_side)
    procedure, record = await judged(caller, one, other)
    assert record.details["procedure"]["differences"] == list(expected)
    assert (procedure == "SELFIE_METADATA_INCONSISTENT") == bool(expected)
    unchecked, record = await judged(caller, one, other, liveness_preferences="selfie_no_metadata_check")
    assert unchecked == "PASSED"
    assert record.details["procedure"]["metadata_checked"] is False


async def test_what_is_no_jpeg_is_inconsistent_before_the_faces_are(caller: Caller, front: bytes, data: Path) -> None:
    out = io.BytesIO()
    Image.open(io.BytesIO(portrait(data, *OTHER_SIDE))).resize((500, 540)).save(out, "PNG")
    procedure, record = await judged(caller, front, out.getvalue())
    assert procedure == "SELFIE_METADATA_INCONSISTENT"
    assert record.details["procedure"]["differences"] == ["format"]


async def test_no_record_tells_what_camera_it_was(caller: Caller) -> None:
    answer = await caller.front(camera(material.front_selfie(), model="Telling 7"))
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    assert "Telling" not in repr(record)


# --- what cannot be judged --------------------------------------------------------------------------------------------
SELFIES: dict[str, Callable[[], bytes]] = {
    "IMAGE_ERROR_UNSUPPORTED_FORMAT": lambda: b"not a picture",
    "INVALID_IMAGE_SIZE": material.wide_png,
    "NO_FACE_FOUND": material.no_face,
    "MULTIPLE_FACES": material.two_selfies,
    "FACE_BLURRED": material.blurred_selfie,
    "FACE_POOR_LIGHT": material.dark_selfie,
}
"""What both calls answer; none names a field."""


@pytest.mark.parametrize("message", SELFIES)
async def test_a_selfie_that_cannot_be_judged(caller: Caller, message: str) -> None:
    for answer in (await caller.front(SELFIES[message]()), await caller.side(SELFIES[message]())):
        assert (answer.status_code, answer.json()["error_message"]) == (400, message)


@pytest.mark.parametrize("call", ["validate_front_face", "validate_side_face"])
async def test_the_calls_need_their_permission(caller: Caller, call: str) -> None:
    others = Caller.fresh(caller.client, caller.installation, *(set(Permission) - {Permission.SELFIE}))
    answer = await others.post(call)
    assert (answer.status_code, answer.json()["error_message"]) == (403, "AUTHORIZATION_ERROR:Denied")


@pytest.mark.parametrize("ending", ["%20", "/", "%20%20"])
async def test_blanks_after_the_path_are_tolerated(caller: Caller, ending: str) -> None:
    answer = await caller.post(f"validate_front_face{ending}", files={"selfie": material.front_selfie()})
    assert answer.status_code == 200, answer.text


async def test_a_large_selfie_is_not_read_to_its_end(caller: Caller) -> None:
    answer = await caller.front(bytes(2 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error_message"]) == (413, "Request Entity Too Large")


async def test_the_front_selfie_tells_whether_there_were_several(caller: Caller, side: bytes, data: Path) -> None:
    front = material.decode(portrait(data, *FRONT))
    small = material.as_image(cv2.resize(front, None, fx=0.6, fy=0.6))
    beside = np.full((front.shape[0], small.shape[1] // 2, 3), 128, np.uint8)
    company = np.hstack([beside, front, np.vstack([small, np.full_like(small, 128)])[: front.shape[0]]])
    token = await caller.side_token(samples.encode(company), side)
    answer = (await caller.verify(token, material.reference(), return_multifaces_tag="1")).json()
    assert answer["multifaces_tag"] == "1"
    assert len(answer["multifaces_image"]) > 1000
