"""still_strict, asked when capturing, decides when verifying."""

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from likeness import compose
from likeness.app import create_app
from likeness.compose import embedded
from likeness.domain.genuineness import VERDICTS, GenuinenessThresholds, Level, shipped_genuineness_thresholds
from likeness.domain.records import Record
from likeness.models import packs
from likeness.models.attacks import detectors
from likeness.settings import Settings
from tests.caller import Caller


async def verified(caller: Caller, token: str) -> Record:
    """The record of a verify of this token."""
    answer = await caller.verify(token)
    assert answer.status_code == 200, answer.text
    record = caller.installation.stores.records.get(answer.json()["request_id"])
    assert record is not None
    return record


def judged_by(caller: Caller, thresholds: GenuinenessThresholds, level: Level) -> Caller:
    """The same caller at an application over the same installation that believes attacks otherwise."""
    services = replace(caller.installation.services, genuineness_thresholds=thresholds, genuineness_level=level)
    transport = httpx.ASGITransport(create_app(replace(caller.installation, services=services)))
    return replace(caller, client=httpx.AsyncClient(transport=transport, base_url=caller.client.base_url, timeout=60))


async def test_a_record_tells_how_strictly_its_capture_was_judged(caller: Caller) -> None:
    one = await caller.token(liveness_preference="still_strict")
    other = await caller.token(liveness_preferences="still_strict")
    neither = await caller.token()
    told = [(await verified(caller, token)).details["capture"]["strict"] for token in (one, other, neither)]
    assert told == [True, True, False]


@pytest.mark.parametrize("detector", sorted(detectors(packs.load("default"))))
async def test_a_score_between_two_levels_is_an_attack_only_one_level_up(caller: Caller, detector: str) -> None:
    plain, strict = await caller.token(), await caller.token(liveness_preferences="still_strict")
    scores = {it["detector"]: it["score"] for it in (await verified(caller, plain)).details["capture"]["genuineness"]}
    sure = dict.fromkeys(Level, 2.0)
    between = {Level.NORMAL: (1 + scores[detector]) / 2, Level.STRICT: scores[detector] / 2}
    around = GenuinenessThresholds({name: sure | between if name == detector else sure for name in VERDICTS})
    judge = judged_by(caller, around, Level.NORMAL)
    assert (await verified(judge, plain)).face_genuineness == "PASSED"
    told = await verified(judge, strict)
    assert told.face_genuineness == VERDICTS[detector].value
    assert told.details["genuineness"]["level"] == "strict"
    (believed,) = [it for it in told.details["genuineness"]["detectors"] if it["believed"]]
    assert (believed["detector"], believed["score"]) == (detector, scores[detector])
    assert believed["reason"]
    await judge.client.aclose()


async def test_the_operators_level_decides_where_the_caller_asks_for_none(caller: Caller) -> None:
    token = await caller.token()
    told = [
        (await verified(judged_by(caller, caller.installation.services.genuineness_thresholds, level), token)).details
        for level in (Level.RELAXED, Level.STRICT)
    ]
    assert [it["genuineness"]["level"] for it in told] == ["relaxed", "strict"]


@pytest.mark.parametrize("level", [Level.RELAXED, Level.STRICT])
def test_the_level_that_is_set_is_the_servers(level: Level, settings: Settings, tmp_path: Path) -> None:
    installation = embedded(settings.model_copy(update={"genuineness_level": level.value, "data_dir": tmp_path}))
    installation.stores.close()
    assert installation.services.genuineness_level is level


def test_a_pack_with_a_detector_without_thresholds_is_not_served(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = shipped_genuineness_thresholds()
    fewer = GenuinenessThresholds({name: of for name, of in known.limits.items() if name != "cutout"})
    monkeypatch.setattr(compose, "shipped_genuineness_thresholds", lambda: fewer)
    with pytest.raises(packs.PackError, match="'default' has detectors without thresholds: cutout"):
        embedded(settings.model_copy(update={"data_dir": tmp_path}))
