"""Rates with their intervals."""

import numpy as np

from likeness.evaluation import bootstrap
from likeness.evaluation.comparisons import Comparisons, Mask, Vector, Weighing
from likeness.evaluation.rates import ERRORS_NEEDED, share_of
from likeness.evaluation.results import Estimate


def nothing_seen(tried: float) -> Estimate:
    """Without an error in so many trials the interval ends at 3 / tried ("rule of three", ISO 19795-1), at best.

    That is so for independent trials, which pairs of people are not all: one person is in many.
    """
    return Estimate(0.0, 0.0, min(1.0, 3 / tried) if tried else float("nan"), supported=False)


def all_seen(tried: float) -> Estimate:
    """With nothing but errors, the same from the other end: resamples of people who all err have no width."""
    return Estimate(1.0, max(0.0, 1 - 3 / tried), 1.0, supported=False)


def estimate_fnmr(
    compared: Comparisons, refused: Mask, weighing: Weighing, resampled: Vector, among: Mask | None = None
) -> Estimate:
    """The share of genuine comparisons that were refused; supported where ERRORS_NEEDED people, or pictures, erred.

    Args:
        compared: all comparisons.
        refused: (g,), which genuine ones were refused.
        weighing: how they count.
        resampled: (r,), the rate in each resample.
        among: (g,), which are looked at; by default all.
    """
    looked_at = np.ones(len(refused), np.bool_) if among is None else among
    owner = compared.person[compared.genuine.first]
    erred = len(np.unique(owner[refused & looked_at]))
    if looked_at.any() and not erred:
        return nothing_seen(len(np.unique(owner[looked_at])))
    if looked_at.any() and refused[looked_at].all():
        return all_seen(erred)
    value = share_of(refused, compared.genuine_weight(weighing) * looked_at)
    return Estimate(value, *bootstrap.interval(resampled), supported=erred >= ERRORS_NEEDED)
