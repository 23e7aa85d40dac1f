"""Rates of comparisons that can be counted by hand, or one by one."""

import itertools

import numpy as np
import pytest

from likeness.evaluation import comparisons, rates
from likeness.evaluation.comparisons import Weighing, compare, compare_listed
from tests.evaluation.people import at_angles, random_people

PAIRS, PEOPLE = Weighing.PAIRS, Weighing.PEOPLE


def cosine(degrees: float) -> float:
    return float(np.cos(np.deg2rad(degrees)))


def test_comparisons_counted_by_hand() -> None:
    """A has two pictures 30 degrees apart, B and C one each: five comparisons of strangers, one of A."""
    found = compare(at_angles(0, 30, 50, 90), np.array(["A", "A", "B", "C"]))
    assert found.genuine.score == pytest.approx([cosine(30)])
    assert found.impostors.score == pytest.approx([cosine(it) for it in (20, 40, 50, 60, 90)], abs=1e-6)
    assert found.impostor_count == 5
    assert found.total == {PAIRS: 5, PEOPLE: 3}
    # 20 and 50 degrees are A with B, 60 and 90 A with C, at half a weight each; 40 is B with C at a whole one.
    assert rates.impostor_share(found, PAIRS) == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])
    assert rates.impostor_share(found, PEOPLE) == pytest.approx([1 / 6, 1 / 2, 2 / 3, 5 / 6, 1])
    for weighing, expected in ((PAIRS, 0.4), (PEOPLE, 1 / 2)):
        assert rates.fmr_at(found, cosine(45), weighing) == pytest.approx(expected)
    assert rates.fnmr_at(found, cosine(29), PAIRS) == 1
    assert rates.fnmr_at(found, cosine(31), PAIRS) == 0


def test_a_threshold_lies_just_above_the_first_stranger_it_refuses() -> None:
    found = compare(at_angles(0, 30, 50, 90), np.array(["A", "A", "B", "C"]))
    for weighing, rate, refused in (
        (PAIRS, 0.4, 50),
        (PAIRS, 0.39, 40),
        (PAIRS, 0.1, 20),
        (PEOPLE, 0.5, 50),
        (PEOPLE, 0.4, 40),
    ):
        score = rates.score_at(found, rate, weighing)
        assert score == pytest.approx(cosine(refused), abs=1e-6)
        assert score > found.impostors.score[found.impostors.score < score].max()
        assert rates.fmr_at(found, score, weighing) <= rate


def test_people_weigh_alike_however_many_pictures_they_have() -> None:
    """A's three genuine comparisons are all refused, B's one is not: 3 in 4 plainly, 1 in 2 by people."""
    found = compare(at_angles(0, 40, 80, 120, 121), np.array(["A", "A", "A", "B", "B"]))
    assert rates.fnmr_at(found, cosine(20), PAIRS) == pytest.approx(3 / 4)
    assert rates.fnmr_at(found, cosine(20), PEOPLE) == pytest.approx(1 / 2)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few scores at once and few kept, so that what holds for large sets is tried on a small one."""
    monkeypatch.setattr(comparisons, "_BLOCK", 300)
    monkeypatch.setattr(comparisons, "KEPT_MIN", 100)
    monkeypatch.setattr(comparisons, "KEPT_SHARE", 0.05)
    monkeypatch.setattr(comparisons, "TAIL_PAIRS", 0)


@pytest.mark.usefixtures("small_blocks")
def test_blocks_and_a_bounded_list_give_what_counting_one_by_one_gives() -> None:
    vector, person = random_people([1, 2, 3, 9, 14, 5, 1, 20, 2, 8])
    found = compare(vector, person)
    counts = dict(zip(*np.unique(person, return_counts=True), strict=True))
    strangers: list[tuple[float, float]] = []
    own: list[tuple[float, float]] = []
    for one, other in itertools.combinations(range(len(person)), 2):
        score = float(vector[one] @ vector[other])
        weight = 1 / (counts[person[one]] * counts[person[other]])
        (own if person[one] == person[other] else strangers).append((score, weight))
    assert found.impostor_count == len(strangers)
    assert len(found.genuine) == len(own)
    assert 100 <= len(found.impostors) < len(strangers) / 4
    for weighing, weights in ((PAIRS, [1.0] * len(strangers)), (PEOPLE, [weight for _, weight in strangers])):
        assert found.total[weighing] == pytest.approx(sum(weights))
        assert found.histogram[weighing].sum() == pytest.approx(sum(weights))
        for limit, exact in ((float(found.impostors.score[-51:-49].mean()), 1e-9), (0.1, 2e-3), (-0.5, 2e-3)):
            share = sum(w for (score, _), w in zip(strangers, weights, strict=True) if score >= limit) / sum(weights)
            assert rates.fmr_at(found, limit, weighing) == pytest.approx(share, abs=exact)
        for rate in (0.5, 0.02):
            assert rates.fmr_at(found, rates.score_at(found, rate, weighing), weighing) == pytest.approx(rate, abs=2e-3)


def test_a_list_of_pairs_counts_each_alike() -> None:
    vector = at_angles(0, 10, 60, 65)
    first, second = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 3])
    found = compare_listed(vector, np.array(["A", "A", "B", "B"]), first, second, np.array([True, False, False, True]))
    assert found.genuine.score == pytest.approx([cosine(10), cosine(5)], abs=1e-6)
    assert found.impostors.score == pytest.approx([cosine(50), cosine(60)], abs=1e-6)
    assert rates.fmr_at(found, cosine(55), PAIRS) == 0.5
    assert rates.fnmr_at(found, cosine(7), PEOPLE) == 0.5


def test_errors_of_the_same_two_people_are_one() -> None:
    """A and B are mistaken in four comparisons, C and D in one: effective sizes (4 + 1)^2 / (16 + 1), and 2."""
    found = compare(at_angles(0, 1, 1, 0, 90, 91), np.array(["A", "B", "B", "A", "C", "D"]))
    wrong = found.impostors.chosen(found.impostors.score > cosine(5))
    assert len(wrong) == 5
    assert rates.independent_errors(found, wrong, PAIRS) == pytest.approx(25 / 17)
    assert rates.independent_errors(found, wrong, PEOPLE) == pytest.approx(2)
    assert rates.independent_errors(found, wrong.chosen(slice(0, 0)), PAIRS) == 0


def test_the_interval_of_a_share() -> None:
    """Figures of R. G. Newcombe 1998, Statistics in Medicine 17:857, table I (method 3)."""
    for count, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert rates.wilson(count, of) == pytest.approx((low, high), abs=5e-5)
    assert rates.wilson(0, 0) == (0, 1)


def test_the_curve_falls_from_all_to_single_errors() -> None:
    vector, person = random_people([4] * 12)
    found = compare(vector, person)
    curve = rates.det_curve(found, PAIRS)
    assert (np.diff(curve.score) > 0).all()
    assert (np.diff(curve.fmr) <= 0).all()
    assert (np.diff(curve.fnmr) >= 0).all()
    assert curve.fmr[-1] == pytest.approx(1 / found.impostor_count)
    assert curve.fmr[0] > 0.9
