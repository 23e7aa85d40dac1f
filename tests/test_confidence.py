import itertools
import json
import math
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from likeness.domain.confidence import PINS, Calibration
from training.observe import look, open_reader
from training.pictures import lfw, read

STRAIGHT = {"pack": "p", "knots": [[0.0, 0.0], [0.3, -3.0], [0.4, -4.0], [0.5, -5.0], [0.6, -6.0], [1.0, -10.0]]}


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
