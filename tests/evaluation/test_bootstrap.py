"""Resamples of people against the same resamples made by copying people's pictures."""

import numpy as np
import pytest

from likeness.evaluation import bootstrap, rates
from likeness.evaluation.comparisons import Comparisons, Weighing, compare, compare_listed
from likeness.evaluation.estimates import estimate_fnmr, nothing_seen
from tests.evaluation.people import at_angles, random_people

SIZES = [1, 2, 3, 6, 4, 5, 1, 8, 2, 7]
RATES = [0.05, 0.01]


@pytest.fixture(scope="module")
def found() -> Comparisons:
    return compare(*random_people(SIZES))


def copied(draws: bootstrap.Draws) -> Comparisons:
    """All comparisons of people who are there as often as they were drawn, each copy a person of its own."""
    vector, person = random_people(SIZES)
    names = np.unique(person)
    parts = [
        (vector[person == names[it]], f"{it} {copy}") for it, times in enumerate(draws) for copy in range(int(times))
    ]
    return compare(
        np.concatenate([part for part, _ in parts]),
        np.repeat([name for _, name in parts], [len(part) for part, _ in parts]),
    )


@pytest.mark.parametrize("weighing", list(Weighing))
def test_weights_stand_for_copies(found: Comparisons, weighing: Weighing) -> None:
    """Copies of one person meet as "strangers" in the copied set; their scores are cut out by their count."""
    draws = bootstrap.draw(len(SIZES), seed=3, resamples=6)
    limit = 0.8
    matched = found.impostors.chosen(found.impostors.score >= limit)
    fmr = bootstrap.fmr_of(found, matched, weighing, draws)
    refused = found.genuine.score < limit
    fnmr = bootstrap.fnmr_of(found, refused[:, None], weighing, draws)[:, 0]
    for row, (fmr_here, fnmr_here) in enumerate(zip(fmr, fnmr, strict=True)):
        copies = copied(draws[row])
        assert rates.fnmr_at(copies, limit, weighing) == pytest.approx(fnmr_here)
        names = np.repeat(np.arange(len(SIZES)), draws[row].astype(int))
        # Numbers of the copies sort as text; with ten people and single digits that is their order.
        one, other = (names[copies.person[it]] for it in (copies.impostors.first, copies.impostors.second))
        weight = copies.impostor_weight(weighing) * (one != other)
        share = weight[copies.impostors.score >= limit].sum() / weight.sum()
        assert fmr_here == pytest.approx(share)


@pytest.mark.parametrize("weighing", list(Weighing))
def test_each_resample_finds_its_own_thresholds(found: Comparisons, weighing: Weighing) -> None:
    draws = bootstrap.draw(len(SIZES), seed=4, resamples=50)
    limits = bootstrap.score_at_fmr(found, RATES, weighing, draws)
    at_rates = bootstrap.fnmr_at_fmr(found, RATES, weighing, draws)
    for row, drawn in enumerate(draws):
        for column, rate in enumerate(RATES):
            limit = limits[row, column]
            matched = found.impostors.chosen(found.impostors.score >= np.float32(limit))
            assert bootstrap.fmr_of(found, matched, weighing, drawn[None])[0] <= rate + 1e-9
            looser = found.impostors.chosen(found.impostors.score >= np.nextafter(np.float32(limit), np.float32(-1)))
            assert bootstrap.fmr_of(found, looser, weighing, drawn[None])[0] > rate
            refused = found.genuine.score < np.float32(limit)
            expected = bootstrap.fnmr_of(found, refused[:, None], weighing, drawn[None])[0, 0]
            assert at_rates[row, column] == pytest.approx(expected)


def test_everyone_drawn_once_is_the_sample_itself(found: Comparisons) -> None:
    once = np.ones((1, len(SIZES)), np.float32)
    for weighing in Weighing:
        assert bootstrap.impostor_totals(found, weighing, once)[0] == pytest.approx(found.total[weighing])
        for rate, limit in zip(RATES, bootstrap.score_at_fmr(found, RATES, weighing, once)[0], strict=True):
            assert limit == pytest.approx(rates.score_at(found, rate, weighing))


def test_few_cells_at_once_change_nothing(found: Comparisons, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = bootstrap.draw(len(SIZES), seed=5, resamples=40)
    whole = bootstrap.fnmr_at_fmr(found, RATES, Weighing.PEOPLE, draws)
    monkeypatch.setattr(bootstrap, "_CELLS", 500)
    assert bootstrap.fnmr_at_fmr(found, RATES, Weighing.PEOPLE, draws) == pytest.approx(whole, nan_ok=True)


def test_draws_are_people_with_replacement_and_seeded() -> None:
    draws = bootstrap.draw(30, seed=7, resamples=2000)
    assert (draws.sum(axis=1) == 30).all()
    assert draws.var() == pytest.approx(29 / 30, rel=0.05)
    assert (bootstrap.draw(30, seed=7, resamples=2000) == draws).all()
    assert (bootstrap.draw(30, seed=8, resamples=2000) != draws).any()


def test_where_pictures_are_drawn_a_pair_of_one_person_needs_both() -> None:
    vector = at_angles(0, 10, 60, 65)
    first, second, same = np.array([0, 2, 0]), np.array([1, 3, 2]), np.array([True, True, False])
    found = compare_listed(vector, np.array(["a", "b", "c", "d"]), first, second, same)
    draws = np.array([[2, 1, 1, 0], [2, 1, 1, 1], [0, 4, 0, 0]], np.float32)
    refused = (found.genuine.score < np.float32(np.cos(np.deg2rad(7))))[:, None]
    assert bootstrap.fnmr_of(found, refused, Weighing.PAIRS, draws)[:, 0] == pytest.approx(
        [1, 2 / 3, np.nan], nan_ok=True
    )
    matched = found.impostors
    assert bootstrap.fmr_of(found, matched, Weighing.PAIRS, draws) == pytest.approx([1, 1, np.nan], nan_ok=True)


def test_intervals() -> None:
    assert bootstrap.interval(np.arange(101.0)) == pytest.approx((2.5, 97.5))
    assert bootstrap.interval(np.array([np.nan, 1.0])) == (1, 1)
    assert np.isnan(bootstrap.interval(np.array([np.nan]))).all()


def test_no_error_does_not_mean_none() -> None:
    """Rule of three: 3 over the number of people, of pairs of people."""
    assert (nothing_seen(300).high, nothing_seen(300).supported) == (0.01, False)
    assert nothing_seen(2).high == 1
    found = compare(at_angles(0, 1, 60, 61, 62, 120), np.array(["A", "A", "B", "B", "B", "C"]))
    estimate = estimate_fnmr(found, np.zeros(4, np.bool_), Weighing.PAIRS, np.zeros(10))
    assert (estimate.value, estimate.low, estimate.high, estimate.supported) == (0, 0, 1, False)


def test_nothing_but_errors_does_not_mean_always() -> None:
    found = compare(*random_people([2] * 30))
    estimate = estimate_fnmr(found, np.ones(30, np.bool_), Weighing.PEOPLE, np.ones(10))
    assert (estimate.value, estimate.low, estimate.high, estimate.supported) == (1, 0.9, 1, False)
    few = np.arange(30) < 2
    estimate = estimate_fnmr(found, few, Weighing.PEOPLE, np.ones(10), among=few)
    assert (estimate.value, estimate.low, estimate.high, estimate.supported) == (1, 0, 1, False)


def test_a_rate_rests_on_ten_people() -> None:
    vector, person = random_people([2] * 30)
    found = compare(vector, person)
    resampled = np.array([0.1, 0.2])
    for erring, supported in ((9, False), (10, True)):
        refused = np.arange(len(found.genuine)) < erring
        estimate = estimate_fnmr(found, refused, Weighing.PEOPLE, resampled)
        assert estimate.value == pytest.approx(erring / 30)
        assert estimate.supported is supported
