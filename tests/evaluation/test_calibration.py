"""Calibrations made of random people: what they say, what they do not know, and what does not upset them."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from likeness.domain.confidence import DOUBT_MEASURE, PINS, Calibration
from likeness.evaluation.calibration import Source, calibrate
from likeness.evaluation.dataset import DatasetError
from likeness.evaluation.measure import compare_all
from likeness.evaluation.observations import Observations
from likeness.evaluation.rates import fmr_at
from tests.evaluation.people import ALIKE, seen_people

LARGE = 500
SOURCE = Source("p", {"a.onnx": "0f"}, "random people", "likeness calibrate people", 2 * LARGE, 0)


def made_of(seen: Observations) -> dict[str, Any]:
    """As it is read from the file."""
    written = json.dumps(calibrate(SOURCE, compare_all(seen, seed=1)), allow_nan=False)
    parsed: dict[str, Any] = json.loads(written)
    return parsed


@pytest.fixture(scope="module")
def seen() -> Observations:
    return seen_people(LARGE, seed=1)


@pytest.fixture(scope="module")
def made(seen: Observations) -> dict[str, Any]:
    return made_of(seen)


@pytest.mark.parametrize(("people", "each"), [(150, 1), (150, 3), (220, 2), (LARGE, 2)])
def test_few_people_and_many_give_a_curve_that_a_server_takes(people: int, each: int) -> None:
    found = made_of(seen_people(people, seed=people, each=each))
    assert (found["people"], found["impostor_pairs"]) == (people, people * (people - 1) // 2 * each**2)
    assert found["genuine_pairs"] == people * each * (each - 1) // 2
    curve = Calibration.from_dict(found)
    scores = [found["thresholds"][name]["score"] for name in PINS]
    assert scores == sorted(set(scores))
    for name, score in zip(PINS, scores, strict=True):
        assert curve.confidence(score) == pytest.approx(PINS[name], abs=0.2)
        low, high = found["thresholds"][name]["score_95"]
        assert -1 < low < score < high < 1


def test_scores_that_come_in_steps_give_a_curve_that_a_server_takes() -> None:
    few = seen_people(160, seed=3, each=1)
    signs = np.sign(few.vector) / np.sqrt(few.vector.shape[1])
    found = made_of(replace(few, vector=signs.astype(np.float32)))
    assert len(Calibration.from_dict(found).knots) < 24


def rests_on(people: int) -> list[str]:
    return [it["rests_on"] for it in made_of(seen_people(people, seed=2, each=1))["thresholds"].values()]


def test_what_a_threshold_rests_on_goes_by_the_tails_start_and_the_errors_to_be_expected(made: dict[str, Any]) -> None:
    """The tail starts at 300 pairs of people, or at 1e-3: at 0.027 with 150 people, 0.0024 with 500, 1e-3 with 800."""
    assert rests_on(150) == ["fitted", *["extrapolated"] * 3]
    assert [it["rests_on"] for it in made["thresholds"].values()] == ["fitted", "fitted", *["extrapolated"] * 2]
    assert rests_on(800) == ["counted", "fitted", "fitted", "extrapolated"]
    expected = [it["expected_false_matches_of_people"] for it in made["thresholds"].values()]
    assert expected == pytest.approx([124.75, 12.475, 1.2475, 0.12475], rel=0.005)


def test_thresholds_hold_on_other_people(made: dict[str, Any]) -> None:
    """About 125 and 12 pairs of people are expected; errors come in clusters of doubtful pictures."""
    others = compare_all(seen_people(LARGE, seed=9), seed=1)
    for name, factor in (("1e-3", 1.5), ("1e-4", 2.5)):
        ratio = fmr_at(others.compared, made["thresholds"][name]["score"], next(reversed(others.compared.total)))
        assert 1 / factor < ratio / float(name) < factor


def test_a_few_people_under_two_names_move_thresholds_by_less_than_chance_does(
    seen: Observations, made: dict[str, Any]
) -> None:
    person = seen.person.copy()
    for number in range(8):  # one picture each bears another name
        person[2 * number] = f"other {number}"
    wrong = made_of(replace(seen, person=person))
    assert wrong["people"] == LARGE + 8
    for name, it in wrong["thresholds"].items():
        low, high = made["thresholds"][name]["score_95"]
        assert abs(it["score"] - made["thresholds"][name]["score"]) < (high - low) / 3


def test_doubtful_pictures_are_held_to_stricter_thresholds(seen: Observations, made: dict[str, Any]) -> None:
    doubtful = made["doubtful"]
    assert doubtful["measure"] == DOUBT_MEASURE
    measure = seen.quality[:, seen.quality_names.index(DOUBT_MEASURE)]
    assert np.mean(measure < doubtful["below"]) == pytest.approx(doubtful["share_of_pictures"], abs=0.002)
    assert doubtful["below"] < ALIKE
    general = [it["score"] for it in made["thresholds"].values()]
    assert all(one > other + 0.01 for one, other in zip(doubtful["scores"].values(), general, strict=True))
    assert doubtful["fmr_at_general_thresholds"]["1e-3"] > 2e-3
    asked = Calibration.from_dict(made).thresholds(doubtful=True)
    assert all(asked[name] > pin for name, pin in PINS.items())


def test_doubtful_pictures_are_never_held_to_looser_thresholds(seen: Observations) -> None:
    """Here the pictures least like their mirror image are the ones that resemble strangers least."""
    quality = seen.quality.copy()
    quality[:, seen.quality_names.index(DOUBT_MEASURE)] = seen.vector[:, 0]
    found = made_of(replace(seen, quality=quality))
    assert found["doubtful"] is None
    assert Calibration.from_dict(found).thresholds(doubtful=True) == PINS


@pytest.mark.parametrize("value", [0.9, np.nan])
def test_a_quality_that_all_share_or_nobody_knows_makes_none_doubtful(seen: Observations, value: float) -> None:
    quality = seen.quality.copy()
    column = seen.quality_names.index(DOUBT_MEASURE)
    quality[:, column] = 0.9
    quality[:3, column] = value
    assert made_of(replace(seen, quality=quality))["doubtful"] is None


def test_what_cannot_be_calibrated_on_is_said() -> None:
    with pytest.raises(DatasetError, match="at least 150 people; a face was read of 149"):
        made_of(seen_people(149, seed=1))
    one = seen_people(160, seed=1)
    with pytest.raises(DatasetError, match="have no tail: are the same pictures there"):
        made_of(replace(one, vector=np.tile(one.vector[:1], (len(one.vector), 1))))
