"""The fitted tail, on scores whose tail is known."""

import math

import numpy as np
import pytest

from likeness.evaluation import bootstrap, tail
from likeness.evaluation.comparisons import Comparisons, Scores
from likeness.evaluation.tail import Impostors, Tail
from tests.evaluation.people import strangers_only, tailed

EXPONENT = 12.0
PEOPLE = 2000
EXCEEDING = PEOPLE * (PEOPLE - 1) / 2 * tail.START_FMR
STANDARD_ERROR = EXPONENT / math.sqrt(EXCEEDING)
"""Of Hill's estimate from so many exceedances."""


@pytest.fixture(scope="module")
def found() -> Comparisons:
    return tailed(PEOPLE, EXPONENT, seed=1)


def fit(compared: Comparisons) -> Tail:
    return tail.fit(Impostors.of(compared))


def mislabelled(compared: Comparisons, pairs: int) -> Comparisons:
    """The same, with some strangers who are one person under two names."""
    score = compared.impostors.score.copy()
    wrong = np.random.default_rng(5).choice(len(score), pairs, replace=False)
    score[wrong] = np.random.default_rng(6).uniform(0.98, 1.0, size=pairs)
    order = np.argsort(-score)
    pairs_now = Scores(score[order], compared.impostors.first[order], compared.impostors.second[order])
    return strangers_only(pairs_now, compared.person, compared.size)


def test_a_known_exponent_is_found(found: Comparisons) -> None:
    fitted = fit(found)
    assert fitted.exponent == pytest.approx(EXPONENT, abs=3 * STANDARD_ERROR)
    assert fitted.start_fmr == pytest.approx(tail.START_FMR, rel=1e-3)
    # FMR(s) = (1 - s) ** exponent: what the tail gives at 1e-5 is off by as much as the exponent is.
    off = math.log10(1 - fitted.score_at(1e-5)) * EXPONENT + 5
    assert abs(off) < 3 * (STANDARD_ERROR / EXPONENT) * 2 + 0.05
    scores = np.array([fitted.start, fitted.score_at(1e-4), fitted.score_at(1e-6)])
    assert fitted.log10_fmr(scores) == pytest.approx([math.log10(fitted.start_fmr), -4, -6])


def test_every_two_people_count_alike_however_many_pictures_they_have() -> None:
    alone = fit(tailed(500, EXPONENT, seed=2))
    copies = np.random.default_rng(3).choice([1, 1, 1, 6], size=500)
    weighed = fit(tailed(500, EXPONENT, seed=2, copies=copies))
    # The pairs at both ends of what is fitted, two in 300, may count in part.
    assert weighed.exponent == pytest.approx(alone.exponent, rel=0.02)
    assert weighed.start == pytest.approx(alone.start, abs=0.001)
    assert weighed.start_fmr == pytest.approx(alone.start_fmr, rel=0.005)


def test_wrong_labels_move_thresholds_by_less_than_chance_does(
    found: Comparisons, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight people under two names: to be seen, beside what one standard error of the exponent moves."""

    def moved() -> float:
        return fit(mislabelled(found, 8)).score_at(1e-6) - fit(found).score_at(1e-6)

    fitted = fit(found)
    chance = Tail(fitted.start, fitted.start_fmr, fitted.exponent - STANDARD_ERROR, fitted.censored).score_at(1e-6)
    one_error = chance - fitted.score_at(1e-6)
    assert 0 < moved() < one_error
    monkeypatch.setattr(tail, "CENSORED_PAIRS", 0)
    assert moved() > 5 * one_error


def test_intervals_cover_what_is_true_where_some_people_resemble_many() -> None:
    """60 sets of 150 people: an interval of 95 % misses 3 of them, and with 99.9 % no more than 9."""
    spread, trials, exponents, scores = 1.5, 60, 0, 0
    truth = 1 - (1e-4 / math.exp(spread**2)) ** (1 / EXPONENT)
    for seed in range(trials):
        compared = tailed(150, EXPONENT, seed=100 + seed, spread=spread)
        impostors = Impostors.of(compared)
        again = tail.resampled(impostors, compared, tail.fit(impostors), bootstrap.draw(150, seed, 300))
        low, high = bootstrap.interval(np.array([it.exponent for it in again]))
        exponents += low <= EXPONENT <= high
        low, high = bootstrap.interval(np.array([it.score_at(1e-4) for it in again]))
        scores += low <= truth <= high
        assert high - low < 0.2
    assert min(exponents, scores) >= trials - 9


def test_too_few_people_have_no_tail() -> None:
    with pytest.raises(ValueError, match="too few impostor comparisons"):
        fit(tailed(20, EXPONENT, seed=4))
