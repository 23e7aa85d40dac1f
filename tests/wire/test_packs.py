"""Every pack behind the wire: it tells people apart, its records name it, and no token of another's is taken."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from likeness import spoken_clips
from likeness.app import create_app
from likeness.compose import Installation, embedded
from likeness.domain.confidence import Calibration
from likeness.domain.records import Record
from likeness.models import packs, shared
from likeness.pipeline.image import decode
from likeness.settings import Settings
from tests.caller import Caller
from tests.pipeline.clips import clip_frames, make_clip
from tests.wire import test_selfies, test_video

PULLED = ("mobile", "mobile+dlib")
BETWEEN_PACKS = [(made_by, sent_to) for made_by in packs.names() for sent_to in packs.names() if made_by != sent_to]
ONE, ANOTHER, THIRD = "003", "007", "034"  # of London


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, Installation]]:
    """A server with these settings, and a client of it."""
    installation = embedded(settings)
    await installation.engine.start()
    try:
        transport = httpx.ASGITransport(create_app(installation))
        async with httpx.AsyncClient(transport=transport, base_url="http://likeness/faceid/lite/raw", timeout=60) as it:
            yield it, installation
    finally:
        await installation.engine.close()
        installation.stores.close()


@pytest.fixture(scope="module")
def settings(all_models_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"), models_dir=all_models_path, workers=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def callers(settings: Settings) -> AsyncIterator[dict[str, Caller]]:
    """The same key at a server of each pack, all on one data folder."""
    async with AsyncExitStack() as stack:
        servers = {
            name: await stack.enter_async_context(served(settings.model_copy(update={"pack": name})))
            for name in packs.names()
        }
        first = Caller.fresh(*servers["default"])
        yield {
            name: replace(first, client=client, installation=installation)
            for name, (client, installation) in servers.items()
        }


@pytest.fixture(scope="module")
def clip(data: Path) -> bytes:
    """A clip of somebody real: 2 s of a portrait that drifts a little."""
    return make_clip(clip_frames(decode(picture(data, ONE, "neutral")).pixels, 30))


def picture(data: Path, person: str, face: str) -> bytes:
    return (data / "london" / person / f"{face}.jpg").read_bytes()


def record_of(caller: Caller, answer: httpx.Response) -> Record:
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    return record


@pytest.mark.parametrize("name", PULLED)
async def test_the_same_person_is_told_from_others(
    name: str, callers: dict[str, Caller], clip: bytes, data: Path
) -> None:
    pictures = {
        "image_ref1": picture(data, ONE, "smiling"),
        "image_ref2": picture(data, ANOTHER, "neutral"),
        "image_ref3": picture(data, THIRD, "smiling"),
    }
    caller = callers[name]
    answer = await caller.verify(await caller.token(clip), pictures)
    body = answer.json()
    assert body["liveness"]["procedure_validation"] == "PASSED"
    matched = [
        body[f"result_ref{number}"]["confidence"] >= body[f"result_ref{number}"]["thresholds"]["1e-3"]
        for number in (1, 2, 3)
    ]
    assert matched == [True, False, False]

    pack, details = packs.load(name), record_of(caller, answer).details
    assert details["pack"] == name
    assert details["model_digests"] == details["capture"]["model_digests"] == pack.digests | shared.digests("en")
    assert "mobilefacenet_ms1m_112.onnx" in details["model_digests"]
    assert ("embedder.onnx" in details["model_digests"]) == (name == "mobile+dlib")


@pytest.mark.parametrize("name", PULLED)
async def test_two_people_in_a_clip_are_seen_at_the_pack_s_own_cosine(
    name: str, callers: dict[str, Caller], data: Path
) -> None:
    one, other = (clip_frames(decode(picture(data, person, "neutral")).pixels, 15) for person in (ONE, ANOTHER))
    caller = callers[name]
    answer = await caller.verify(await caller.token(make_clip([*one, *other])), picture(data, ONE, "smiling"))
    assert answer.json()["liveness"] == {"procedure_validation": "VIDEO_FACE_INCONSISTENT"}
    used = record_of(caller, answer).details["thresholds"]["same_person_similarity"]
    assert used != callers["default"].installation.services.thresholds.same_person_similarity


@pytest.mark.parametrize(("made_by", "sent_to"), BETWEEN_PACKS)
async def test_a_token_is_of_its_pack_alone(
    made_by: str, sent_to: str, callers: dict[str, Caller], clip: bytes, data: Path
) -> None:
    token, reference = await callers[made_by].token(clip), picture(data, ONE, "smiling")
    refused = await callers[sent_to].verify(token, reference)
    assert (refused.status_code, refused.json()["error_message"]) == (400, "INVALID_TOKEN")
    assert (await callers[made_by].verify(token, reference)).status_code == 200


async def test_an_own_calibration_judges_from_the_next_start_on(
    callers: dict[str, Caller], clip: bytes, data: Path, settings: Settings, tmp_path: Path
) -> None:
    """Calibrated on people who are more alike: a token of before is taken, and the same cosine says less."""
    (tmp_path / "mobile").mkdir()
    for file in (settings.models_path / "mobile").iterdir():
        (tmp_path / "mobile" / file.name).symlink_to(file)
    own = packs.require_calibration(packs.load("mobile"))
    own["knots"] = [[(1 + score) / 2, rate] for score, rate in own["knots"]]
    own["doubtful"] = None
    (tmp_path / "mobile" / "calibration.json").write_text(json.dumps(own))

    token, reference = await callers["mobile"].token(clip), picture(data, ONE, "smiling")
    compared = []
    async with served(settings.model_copy(update={"pack": "mobile", "models_dir": tmp_path})) as (client, installation):
        for caller in (callers["mobile"], replace(callers["mobile"], client=client, installation=installation)):
            answer = await caller.verify(token, reference)
            assert answer.status_code == 200
            compared.append(record_of(caller, answer).details["comparisons"]["image_ref1"])
    before, after = compared
    assert after["similarity"] == before["similarity"]
    assert after["confidence"] == pytest.approx(Calibration.from_dict(own).confidence(after["similarity"]))
    assert after["confidence"] < before["confidence"]


@pytest.mark.parametrize("name", PULLED)
async def test_the_other_procedures_pass_too(name: str, callers: dict[str, Caller], data: Path) -> None:
    caller = callers[name]
    front, side = (test_selfies.portrait(data, *which) for which in (test_selfies.FRONT, test_selfies.SIDE))
    footage = spoken_clips.spliced(data / "grid" / "s1", test_video.DIGITS)
    spoken = await caller.spoken_token(spoken_clips.encode(footage), test_video.DIGITS)
    for token, reference in (
        (await caller.side_token(front, side), front),
        (spoken, test_video.best_frame(footage)),
    ):
        answer = (await caller.verify(token, reference)).json()
        assert answer["liveness"]["procedure_validation"] == "PASSED"
        assert answer["result_ref1"]["confidence"] > answer["result_ref1"]["thresholds"]["1e-6"]
