"""Thresholds may differ from one comparison to the next: more is asked where a picture's quality is doubtful."""

from pathlib import Path

import pytest
import pytest_asyncio

from likeness.compose import Installation
from likeness.domain.capture import ImageRequest
from likeness.domain.confidence import PINS, Calibration
from likeness.models import packs
from tests import material
from tests.caller import Caller

PEOPLE = 60


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def doubtful(installation: Installation, data: Path) -> bytes:
    """Of one picture of each of some people of LFW, the one that is least like its mirror image."""
    doubt = Calibration.from_dict(packs.require_calibration(packs.load("default"))).doubt
    assert doubt is not None
    seen: list[tuple[float, bytes]] = []
    for person in sorted((data / "lfw").iterdir())[:PEOPLE]:
        picture = min(person.iterdir()).read_bytes()
        observation = await installation.engine.observe_image(picture, ImageRequest())
        if observation.quality is not None and len(observation.faces) == 1:
            seen.append((observation.quality.mirror_similarity, picture))
    similarity, picture = min(seen)
    assert similarity < doubt.below
    return picture


async def test_more_is_asked_of_a_doubtful_reference_and_the_record_says_so(caller: Caller, doubtful: bytes) -> None:
    pictures = {"image_ref1": doubtful, "image_ref2": material.reference()}
    body = (await caller.verify(await caller.token(), pictures)).json()
    stricter, general = (body[field]["thresholds"] for field in ("result_ref1", "result_ref2"))
    assert general == {"1e-3": 65.3, "1e-4": 71.8, "1e-5": 76.5, "1e-6": 79.9}
    assert stricter.keys() == general.keys()
    asked = [stricter[name] for name in PINS]
    assert asked == sorted(set(asked))
    assert all(PINS[name] < stricter[name] < 100 for name in PINS)
    assert body["result_ref1"].keys() == body["result_ref2"].keys() == {"confidence", "thresholds"}
    record = caller.installation.stores.records.get(body["request_id"])
    assert record is not None
    kept = record.details["comparisons"]
    assert (kept["image_ref1"]["doubtful"], kept["image_ref2"]["doubtful"]) == (True, False)
    assert kept["image_ref1"]["thresholds"] == pytest.approx(stricter, abs=0.001)  # answers have three digits
