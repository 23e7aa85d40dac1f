"""still_strict, asked when capturing, decides when verifying."""

from dataclasses import replace

import httpx

from likeness.app import create_app
from likeness.domain.records import Record
from likeness.domain.thresholds import Thresholds
from tests.caller import Caller


async def verified(caller: Caller, token: str) -> Record:
    """The record of a verify of this token."""
    answer = await caller.verify(token)
    assert answer.status_code == 200, answer.text
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    return record


def judged_by(caller: Caller, thresholds: Thresholds) -> Caller:
    """The same caller at an application over the same installation that decides by other thresholds."""
    services = replace(caller.installation.services, thresholds=thresholds)
    transport = httpx.ASGITransport(create_app(replace(caller.installation, services=services)))
    return replace(caller, client=httpx.AsyncClient(transport=transport, base_url=caller.client.base_url, timeout=60))


async def test_a_record_tells_how_strictly_its_capture_was_judged(caller: Caller) -> None:
    one = await caller.token(liveness_preference="still_strict")
    other = await caller.token(liveness_preferences="still_strict")
    neither = await caller.token()
    told = [(await verified(caller, token)).details["capture"]["strict"] for token in (one, other, neither)]
    assert told == [True, True, False]


async def test_a_clip_between_the_two_thresholds_is_a_screen_only_when_strict(caller: Caller) -> None:
    plain, strict = await caller.token(), await caller.token(liveness_preferences="still_strict")
    scores = (await verified(caller, plain)).details["capture"]["genuineness"]
    (score,) = (item["score"] for item in scores)
    assert 0 < score < 1
    around = replace(
        caller.installation.services.thresholds, replay_score_strict=score / 2, replay_score=(1 + score) / 2
    )
    judge = judged_by(caller, around)
    assert (await verified(judge, plain)).face_genuineness == "PASSED"
    assert (await verified(judge, strict)).face_genuineness == "SCREEN_REPLAY"
    await judge.client.aclose()
