import itertools
import json
import math
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likeness.domain.confidence import PINS, Calibration, Doubt
from likeness.domain.face import Quality
from training.observe import look, open_reader
from training.pictures import lfw, read

STRAIGHT: dict[str, Any] = {
    "pack": "p",
    "knots": [[0.0, 0.0], [0.3, -3.0], [0.4, -4.0], [0.5, -5.0], [0.6, -6.0], [1.0, -10.0]],
}
DOUBTFUL: dict[str, Any] = {
    "measure": "mirror_similarity",
    "below": 0.9,
    "scores": {"1e-3": 0.35, "1e-4": 0.45, "1e-5": 0.5, "1e-6": 0.9},
}


@pytest.fixture(scope="module")
def shipped() -> Calibration:
    return Calibration.from_dict(shipped_file())


def shipped_file() -> dict[str, object]:
    path = resources.files("likeness") / "packs" / "default" / "calibration.json"
    parsed: dict[str, object] = json.loads(path.read_text("utf-8"))
    return parsed


def test_pins_are_the_documented_confidences() -> None:
    calibration = Calibration.from_dict(STRAIGHT)
    for score, confidence in ((0.3, 65.3), (0.4, 71.8), (0.5, 76.5), (0.6, 79.9)):
        assert calibration.confidence(score) == pytest.approx(confidence, abs=1e-9)
    assert calibration.thresholds() == {"1e-3": 65.3, "1e-4": 71.8, "1e-5": 76.5, "1e-6": 79.9}


def test_ends() -> None:
    calibration = Calibration.from_dict(STRAIGHT)
    assert calibration.confidence(-1.0) == 0.0
    assert calibration.confidence(0.0) == 0.0
    assert calibration.confidence(1.0) == 100.0
    assert calibration.confidence(math.inf) == 100.0
    assert calibration.fmr(-1.0) == 1.0


def test_a_score_that_is_no_number_is_a_stranger() -> None:
    calibration = Calibration.from_dict(STRAIGHT)
    assert calibration.confidence(math.nan) == 0.0
    assert calibration.fmr(math.nan) == 1.0


def test_confidence_never_falls_as_the_score_rises(shipped: Calibration) -> None:
    confidences = [shipped.confidence(score) for score in np.linspace(-1, 1, 4001)]
    assert all(one <= other for one, other in itertools.pairwise(confidences))
    assert confidences[0] == 0.0
    assert confidences[-1] == 100.0


@pytest.mark.parametrize(
    "knots",
    [
        [],
        [[0.0, 0.0], [1.0, -7.0]],
        [[0.0, 0.0], [0.3, -3.0], [0.2, -4.0], [0.5, -5.0], [1.0, -7.0]],
        [[0.0, 0.0], [0.3, -3.0], [0.4, -2.0], [0.5, -5.0], [1.0, -7.0]],
        [[0.0, -0.1], [0.3, -3.0], [0.4, -4.0], [0.5, -5.0], [1.0, -7.0]],
        [[0.0, 0.0], [0.3, -3.0], [0.4, -4.0], [0.5, -5.0], [1.0, -5.5]],
        [[0.0, 0.0], [0.3, -3.0], [0.4, math.nan], [0.5, -5.0], [1.0, -7.0]],
        [[0.0, 0.0, 1.0]],
        "nonsense",
    ],
)
def test_what_is_not_a_calibration_is_refused(knots: object) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_dict({"pack": "p", "knots": knots})
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_dict({"knots": STRAIGHT["knots"]})


def test_doubt_asks_for_more_and_never_for_less(shipped: Calibration) -> None:
    calibration = Calibration.from_dict({**STRAIGHT, "doubtful": DOUBTFUL})
    assert calibration.thresholds() == PINS
    # 0.35 and 0.45 are half-way between two pins, 0.5 is the general score, 0.9 is beyond 1e-6.
    asked = list(calibration.thresholds(doubtful=True).values())
    assert asked == pytest.approx([68.55, 74.15, 76.5, 79.9 + 0.75 * 20.1])
    looser = {**DOUBTFUL, "scores": dict.fromkeys(PINS, 0.1)}
    assert Calibration.from_dict({**STRAIGHT, "doubtful": looser}).thresholds(doubtful=True) == PINS
    assert Calibration.from_dict({**STRAIGHT, "doubtful": None}).thresholds(doubtful=True) == PINS
    asked = list(shipped.thresholds(doubtful=True).values())
    assert asked == sorted(set(asked))
    assert all(one > pin for one, pin in zip(asked, PINS.values(), strict=True))


def test_either_picture_can_be_doubtful() -> None:
    calibration = Calibration.from_dict({**STRAIGHT, "doubtful": DOUBTFUL})
    clear, unclear = (Quality(100, 80, 120, 50, 0.9, similarity) for similarity in (0.9, 0.899))
    assert calibration.is_doubtful(clear, unclear)
    assert calibration.is_doubtful(unclear, clear)
    assert not calibration.is_doubtful(clear, clear)
    assert not Calibration.from_dict(STRAIGHT).is_doubtful(unclear, unclear)


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "sharpness"},
        {"below": math.nan},
        {"below": "much"},
        {"below": None},
        {"scores": {}},
        {"scores": {"1e-3": 0.3}},
        {"scores": {**DOUBTFUL["scores"], "1e-7": 0.99}},
        {"scores": dict.fromkeys(PINS, math.inf)},
        {"scores": dict.fromkeys(PINS, "high")},
        {"scores": {**DOUBTFUL["scores"], "1e-6": 1.01}},
        {"scores": {**DOUBTFUL["scores"], "1e-3": 0.46}},
        {"scores": {**DOUBTFUL["scores"], "1e-5": 0.91}},
        {"scores": [0.3, 0.4, 0.5, 0.6]},
    ],
)
def test_what_are_no_thresholds_for_doubtful_pictures_is_refused(change: dict[str, Any]) -> None:
    changed = {**DOUBTFUL, **change}
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Doubt.from_dict(changed)
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_dict({**STRAIGHT, "doubtful": changed})
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_dict(
            {**STRAIGHT, "doubtful": {name: it for name, it in DOUBTFUL.items() if name not in change}}
        )


def test_the_shipped_thresholds_are_the_pins(shipped: Calibration) -> None:
    limits = shipped_file()["thresholds"]
    assert isinstance(limits, dict)
    assert limits.keys() == PINS.keys()
    for rate, told in limits.items():
        score = told["score"]
        # Scores in the file have four digits, a step of which is worth about 0.05 of confidence.
        assert shipped.confidence(score) == pytest.approx(PINS[rate], abs=0.06)
        assert math.log10(shipped.fmr(score)) == pytest.approx(math.log10(float(rate)), abs=0.02)


def test_strangers_are_accepted_as_often_as_stated(data: Path, models_path: Path, shipped: Calibration) -> None:
    reader = open_reader(models_path, "default")
    firsts = {picture.person: picture for picture in reversed(lfw(data))}
    people = np.random.default_rng(3).permutation(sorted(firsts))[:150]
    rows = [look(read(firsts[person].path), reader, centred=True) for person in people]
    vectors = np.stack([row["vector"] for row in rows if row["subject"] >= 0])
    scores = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    # 11,000 pairs: 110 are expected above the score of 1e-2, and pairs that share a person go together.
    assert 0.005 < np.mean(scores >= shipped.score_at(1e-2)) < 0.02
    assert np.mean(scores >= shipped.score_at(1e-3)) < 0.004
