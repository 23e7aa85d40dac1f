"""Rates, intervals and curves against cases worked out by hand."""

import math

import numpy as np
import pytest

from likeness.evaluation.attack_rates import HISTOGRAM_BINS, auc, det, histogram, log_odds, rate_of
from likeness.evaluation.rates import wilson


def many(*counts: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Errors and presentations of each source, as masks and names."""
    wrong = np.concatenate([np.arange(of) < errors for errors, of in counts])
    return wrong, np.concatenate([np.full(of, f"s{place}") for place, (_, of) in enumerate(counts)])


def test_with_few_sources_files_count_as_independent() -> None:
    rate = rate_of(*many((3, 10), (0, 10), (0, 10), (9, 10)), seed=1)
    assert (rate.errors, rate.of, rate.value, rate.sources, rate.interval) == (12, 40, 0.3, 4, "presentations")
    assert (rate.low, rate.high) == wilson(12, 40)
    assert rate.supported


def test_with_five_sources_they_are_drawn_anew() -> None:
    """Of one source everything errs: the interval is far wider than files by themselves would make it."""
    rate = rate_of(*many((20, 20), *[(0, 20)] * 4), seed=1)
    assert (rate.value, rate.sources, rate.interval) == (0.2, 5, "sources")
    low, high = wilson(20, 100)
    assert rate.low == 0.0 < low  # of the resamples; Wilson's of five sources begins above
    assert rate.high == wilson(1, 5)[1] > 0.6 > 2 * high


def test_resamples_decide_where_sources_of_unequal_size_differ() -> None:
    """One of twelve holds half of all files, and errs: how often it is drawn decides."""
    rate = rate_of(*many((110, 110), *[(0, 10)] * 11), seed=1)
    low, high = wilson(6, 12)
    assert rate.low == 0.0 < low
    assert rate.high > high


@pytest.mark.parametrize("errors", [0, 5, 20])
def test_where_resamples_have_no_width_sources_count_as_single_files(errors: int) -> None:
    rate = rate_of(*many(*[(errors, 20)] * 6), seed=1)
    assert (rate.low, rate.high) == wilson(6 * errors / 20, 6)
    assert rate.supported is bool(errors)


@pytest.mark.parametrize(("sources", "files"), [(5, 100), (6, 1), (20, 3)])
def test_no_end_of_an_interval_falls_as_errors_rise(sources: int, files: int) -> None:
    """From no error to nothing else, one more at a time in random order; nor is it narrower than that over files."""
    of = sources * files
    where = many(*[(0, files)] * sources)[1]
    order = np.random.default_rng(2).permutation(of)
    counts = sorted({*range(0, of + 1, max(1, of // 50)), 1, of - 1, of})
    ends = []
    for count in counts:
        rate = rate_of(np.isin(np.arange(of), order[:count]), where, seed=1)
        low, high = wilson(count, of)
        assert rate.low <= low + 1e-12
        assert rate.high >= high - 1e-12
        ends.append((rate.low, rate.high))
    for column in zip(*ends, strict=True):
        assert list(column) == sorted(column)


def test_nothing_presented_has_no_rate() -> None:
    rate = rate_of(np.zeros(0, np.bool_), np.zeros(0, np.str_), seed=1)
    assert math.isnan(rate.value)
    assert (rate.of, rate.sources, rate.supported) == (0, 0, False)


def test_few_errors_support_no_figure() -> None:
    assert not rate_of(*many((9, 100)), seed=1).supported
    assert rate_of(*many((10, 100)), seed=1).supported


def test_auc_counts_pairs_and_ties_half() -> None:
    attacks, live = np.array([0.9, 0.5, 0.2]), np.array([0.5, 0.1])
    # 0.9 over both, 0.5 over one and level with the other, 0.2 over one: 4.5 of 6.
    assert auc(attacks, live) == pytest.approx(4.5 / 6)
    assert auc(live, attacks) == pytest.approx(1.5 / 6)
    assert math.isnan(auc(attacks, live[:0]))


def test_the_curve_has_both_errors_at_every_score() -> None:
    thresholds, apcer, bpcer = det(np.array([0.9, 0.5, 0.5, 0.2]), np.array([0.5, 0.1]))
    assert thresholds.tolist() == [0.1, 0.2, 0.5, 0.9, math.inf]
    assert apcer.tolist() == [0.0, 0.0, 0.25, 0.75, 1.0]  # below the threshold: passed
    assert bpcer.tolist() == [1.0, 0.5, 0.5, 0.0, 0.0]  # from the threshold up: refused


def test_a_long_curve_is_thinned_but_keeps_its_ends() -> None:
    rng = np.random.default_rng(5)
    live = rng.normal(0, 1, 20_000)
    thresholds, _, bpcer = det(live + 2, live)
    assert len(thresholds) < 500
    assert {1.0, 1 - 1 / 20_000, 1 / 20_000, 0.0} <= {round(it, 9) for it in bpcer.tolist()}


def test_scores_of_0_and_1_are_in_the_last_bins() -> None:
    assert log_odds(np.array([0.0, 0.5, 1.0])).round(6).tolist() == [-12.0, 0.0, 12.0]
    counts = histogram(np.array([0.0, 0.5, 1.0, 1.0]))
    assert (len(counts), counts[0], counts[HISTOGRAM_BINS // 2], counts[-1]) == (HISTOGRAM_BINS, 1, 1, 2)
