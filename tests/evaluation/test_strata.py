"""Thirds by quality, and fused templates, against comparing one by one."""

import itertools

import numpy as np
import pytest

from likeness.domain.confidence import Calibration
from likeness.evaluation import bootstrap
from likeness.evaluation.comparisons import compare, compare_listed
from likeness.evaluation.fusing import fused
from likeness.evaluation.rates import NOMINAL
from likeness.evaluation.results import Stratum
from likeness.evaluation.shipped import Shipped
from likeness.evaluation.strata import strata
from likeness.evaluation.wording import counted
from tests.evaluation.people import random_people

SIZES = [2, 5, 3, 8, 1, 4, 6, 7, 1, 9]
CALIBRATION = Calibration("test", ((-1.0, 0.0), (0.8, -3.0), (0.9, -4.0), (0.95, -5.0), (0.97, -6.0), (1.0, -8.0)))
LIMITS = {"1e-3": 0.8, "1e-4": 0.9, "1e-5": 0.95, "1e-6": 0.97}


def measured(name: str, values: list[float]) -> dict[str, tuple[set[int], str]]:
    """Places of the pictures in each third of a quality, and its span, from the counts of pairs within."""
    vector, person = random_people([len(values)] * 2)
    quality = np.array(values * 2, np.float32)[:, None]
    compared = compare(vector, person)
    shipped = Shipped(CALIBRATION, quality, (name,))
    found = strata(compared, shipped, bootstrap.draw(2, 1, 10))
    return {it.third: ({it.genuine + it.impostors}, it.span) for it in found}


def test_rates_in_each_third_are_those_of_the_pairs_whose_worse_picture_is_in_it() -> None:
    vector, person = random_people(SIZES)
    names, counts = np.unique(person, return_counts=True)
    count = dict(zip(names, counts, strict=True))
    sharpness = np.random.default_rng(2).permutation(len(person)).astype(np.float32)
    third = np.searchsorted(np.quantile(-sharpness, [1 / 3, 2 / 3]), -sharpness)
    compared = compare(vector, person)
    shipped = Shipped(CALIBRATION, sharpness[:, None], ("sharpness",))
    found = strata(compared, shipped, bootstrap.draw(len(SIZES), 1, 50))
    assert [it.third for it in found] == ["best", "middle", "worst"]
    for place, stratum in enumerate(found):
        sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
        pairs = {True: 0, False: 0}
        for one, other in itertools.combinations(range(len(person)), 2):
            if max(third[one], third[other]) != place:
                continue
            same, size = bool(person[one] == person[other]), count[person[one]]
            weight = 2 / (size * (size - 1)) if same else 1 / (size * count[person[other]])
            sums[same][0] += weight * (float(vector[one] @ vector[other]) >= LIMITS["1e-3"])
            sums[same][1] += weight
            pairs[same] += 1
        assert (stratum.genuine, stratum.impostors) == (pairs[True], pairs[False])
        assert stratum.fmr["1e-3"] == pytest.approx(sums[False][0] / sums[False][1])
        assert stratum.fnmr["1e-3"].value == pytest.approx(1 - sums[True][0] / sums[True][1])
        assert stratum.fnmr["1e-3"].low <= stratum.fnmr["1e-3"].value <= stratum.fnmr["1e-3"].high
        assert stratum.fnmr.keys() == NOMINAL.keys()


def test_a_rate_of_less_than_ten_false_matches_has_a_star() -> None:
    rates, matches = {"1e-3": 1.2e-3, "1e-4": 1e-4, "1e-5": float("nan")}, {"1e-3": 10, "1e-4": 9, "1e-5": 0}
    stratum = Stratum("sharpness", "best", "", 10, 90_000, {}, rates, matches)
    assert [counted(stratum, nominal) for nominal in rates] == ["1.2e-3 (10)", "1.0e-4 * (9)", "- (0)"]


def test_each_quality_has_its_worse_end() -> None:
    values = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    assert {third: span for third, (_, span) in measured("sharpness", values).items()} == {
        "best": "50 to 60",
        "middle": "30 to 40",
        "worst": "10 to 20",
    }
    assert measured("landmark_spread", values)["worst"][1] == "50 to 60"
    assert measured("brightness", values)["worst"][1] == "25 to 25 from 35"
    assert measured("brightness", values)["best"][1] == "5 to 5 from 35"
    assert measured("contrast", [5.0] * 6) == {}
    assert measured("landmark_spread", [float("nan")] * 6) == {}


def test_a_list_of_pairs_has_thirds_of_its_own_pairs() -> None:
    vector, person = random_people([6, 6])
    first, second = np.triu_indices(12, 1)
    same = person[first] == person[second]
    shipped = Shipped(CALIBRATION, np.arange(12, dtype=np.float32)[:, None], ("contrast",))
    listed = strata(compare_listed(vector, person, first, second, same), shipped, bootstrap.draw(2, 1, 10))
    assert [it.genuine + it.impostors for it in listed] == [6, 22, 38]  # 4 choose 2, 8 choose 2 less that, and the rest


def test_fused_templates_meet_the_same_probes_as_their_first_picture() -> None:
    vector, person = random_people(SIZES, seed=5)
    compared = compare(vector, person)
    found = fused(compared, vector, LIMITS, 11, "test")
    assert [(it.pictures, it.people) for it in found] == [(2, 7), (3, 6), (5, 4)]
    assert [it.probes for it in found] == [
        sum(size - it.pictures for size in SIZES if size > it.pictures) for it in found
    ]
    two = found[0]
    # Which pictures are fused is random: what is asked for here holds for any.
    shuffled = np.random.default_rng(11).permutation(len(vector))
    order = shuffled[np.argsort(compared.person[shuffled], kind="stable")]
    enrolled = {
        who: [it for it in order if compared.person[it] == who][:2] for who in range(len(SIZES)) if SIZES[who] > 2
    }
    taken = {it for pair in enrolled.values() for it in pair}
    refused: list[float] = []
    accepted: list[float] = []
    for pair in enrolled.values():
        total = vector[pair].sum(axis=0)
        template = total / np.linalg.norm(total)
        who = compared.person[pair[0]]
        for other in range(len(SIZES)):
            scores = [
                float(template @ vector[it])
                for it in range(len(vector))
                if compared.person[it] == other and it not in taken
            ]
            shares = [score < LIMITS["1e-3"] for score in scores]
            if scores:
                (refused if other == who else accepted).append(float(np.mean(shares)))
    assert two.fnmr["1e-3"] == pytest.approx(np.mean(refused))
    assert two.fmr["1e-3"] == pytest.approx(1 - np.mean(accepted), abs=2e-3)
    assert two.fnmr["1e-3"] < two.one_fnmr["1e-3"]
    assert two.at_own["1e-3"] <= two.one_at_own["1e-3"]


def test_nobody_has_enough_pictures_to_fuse() -> None:
    vector, person = random_people([2, 2, 1])
    assert fused(compare(vector, person), vector, LIMITS, 1, "test") == ()
