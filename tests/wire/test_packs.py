"""Every pack behind the wire: it tells people apart, its records name it, and no token of another's is taken."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from likeness.app import create_app
from likeness.compose import Installation, embedded
from likeness.domain.records import Record
from likeness.models import packs
from likeness.pipeline.image import decode
from likeness.settings import Settings
from tests.caller import Caller
from tests.pipeline.clips import clip_frames, make_clip

PULLED = ("mobile", "mobile+dlib")
BETWEEN_PACKS = [(made_by, sent_to) for made_by in packs.names() for sent_to in packs.names() if made_by != sent_to]
ONE, ANOTHER, THIRD = "003", "007", "034"  # of London


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def callers(all_models_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Caller]]:
    """The same key at a server of each pack, all on one data folder."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), models_dir=all_models_path, workers=1)
    async with AsyncExitStack() as stack:
        servers = {}
        for name in packs.names():
            installation = embedded(settings.model_copy(update={"pack": name}))
            await installation.engine.start()
            stack.push_async_callback(_close, installation)
            servers[name] = installation
        transports = {name: httpx.ASGITransport(create_app(installation)) for name, installation in servers.items()}
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://likeness/faceid/lite/raw", timeout=60)
            )
            for name, transport in transports.items()
        }
        first = Caller.fresh(clients["default"], servers["default"])
        yield {name: replace(first, client=clients[name], installation=servers[name]) for name in servers}


async def _close(installation: Installation) -> None:
    await installation.engine.close()
    installation.stores.close()


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
    assert details["model_digests"] == details["capture"]["model_digests"] == pack.digests
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
