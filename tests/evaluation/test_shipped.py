"""Thresholds that heed the pictures' quality, against comparing one by one."""

import itertools

import numpy as np
import pytest

from likeness.domain.confidence import DOUBT_MEASURE, Calibration, Doubt
from likeness.domain.face import FloatArray
from likeness.evaluation.comparisons import compare, compare_listed
from likeness.evaluation.rates import NOMINAL
from likeness.evaluation.shipped import Shipped
from likeness.evaluation.wording import stricter
from tests.evaluation.people import random_people

SIZES = [2, 5, 3, 8, 1, 4, 6, 7, 1, 9]
KNOTS = ((-1.0, 0.0), (0.5, -3.0), (0.6, -4.0), (0.7, -5.0), (0.8, -6.0), (1.0, -8.0))
LIMITS = {"1e-3": 0.5, "1e-4": 0.6, "1e-5": 0.7, "1e-6": 0.8}
STRICTER = {"1e-3": 0.7, "1e-4": 0.75, "1e-5": 0.8, "1e-6": 0.85}
CALIBRATION = Calibration("test", KNOTS, Doubt(0.9, STRICTER))


@pytest.fixture
def measure() -> FloatArray:
    """A quarter of the pictures are doubtful, and one that could not be measured."""
    values = np.random.default_rng(4).uniform(0.8, 1.2, size=sum(SIZES)).astype(np.float32)
    values[7] = np.nan
    return values


def shipped(measure: FloatArray, calibration: Calibration = CALIBRATION) -> Shipped:
    return Shipped(calibration, np.column_stack([measure * 0, measure]), ("sharpness", DOUBT_MEASURE))


def test_a_doubtful_picture_makes_both_rates_those_of_stricter_thresholds(measure: FloatArray) -> None:
    vector, person = random_people(SIZES)
    compared = compare(vector, person)
    at = shipped(measure)
    told = at.doubtful(compared)
    assert told is not None
    refused = at.refused(compared.genuine)
    for column, nominal in enumerate(NOMINAL):
        counts = {True: 0, False: 0}
        errors = {True: 0, False: 0}
        for one, other in itertools.combinations(range(len(person)), 2):
            doubtful = not (measure[one] >= 0.9 and measure[other] >= 0.9)
            limit = (STRICTER if doubtful else LIMITS)[nominal]
            same = bool(person[one] == person[other])
            counts[same] += doubtful
            errors[same] += (float(vector[one] @ vector[other]) >= limit) != same
        assert refused[:, column].sum() == errors[True]
        assert len(at.matched(compared, nominal)) == errors[False]
        assert (told.genuine, told.impostors) == (counts[True], counts[False])
    assert told.pictures == (measure < 0.9).sum() + 1
    assert told.scores == STRICTER
    sentence = stricter(told)
    assert "mirror similarity is below 0.9," in sentence
    assert "0.7000 at 1e-3" in sentence
    assert f"{told.genuine} comparisons of one person and {told.impostors} of strangers" in sentence


def test_of_a_list_its_own_pairs_are_counted(measure: FloatArray) -> None:
    vector, person = random_people(SIZES)
    first, second = np.arange(0, 40), np.arange(1, 41)
    same = person[first] == person[second]
    told = shipped(measure).doubtful(compare_listed(vector, person, first, second, same))
    concerned = ~((measure[first] >= 0.9) & (measure[second] >= 0.9))
    assert told is not None
    assert (told.genuine, told.impostors) == ((concerned & same).sum(), (concerned & ~same).sum())


def test_a_calibration_without_doubt_has_one_threshold_for_all(measure: FloatArray) -> None:
    compared = compare(*random_people(SIZES))
    at = shipped(measure, Calibration("test", KNOTS))
    assert at.doubtful(compared) is None
    assert at.required(compared.genuine, "1e-4") == pytest.approx(0.6)
