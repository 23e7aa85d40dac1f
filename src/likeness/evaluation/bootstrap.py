"""Intervals by drawing people anew: what another sample of people of the same kind would have shown.

Pictures of one person err together, and one person takes part in many comparisons, so people are what is drawn, with
replacement; a comparison then weighs the product of how often its two people were drawn. This is the bootstrap of a
network's nodes (T. A. B. Snijders and S. P. Borgatti 1999, "Non-parametric standard errors and tests for network
statistics", Connections 22), or pigeonhole bootstrap (A. B. Owen 2007, Annals of Applied Statistics 1:386). For
rates of strangers it errs on the wide side: the product of two draws has three times the variance of one, so that where
comparisons are as good as independent their intervals are about the root of three times as wide as they need be.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from likeness.evaluation.comparisons import Comparisons, Mask, Scores, Vector, Weighing, weight_of
from likeness.evaluation.rates import just_above

RESAMPLES = 1000
Draws = NDArray[np.float32]
"""(r, p): how often each of p people is in each of r resamples."""

_Number = TypeVar("_Number", bound=np.floating)
_LEVEL = 0.95
_CELLS = 8_000_000  # numbers at once
_SPARE = 1.5  # how many more impostors than expected are looked at first


def draw(people: int, seed: int, resamples: int = RESAMPLES) -> Draws:
    """Resamples of as many people as there are, with replacement."""
    chances = np.full(people, 1 / people)
    return np.random.default_rng(seed).multinomial(people, chances, size=resamples).astype(np.float32)


def interval(values: Vector) -> tuple[float, float]:
    """The middle 95 % of the resamples that have a value; (NaN, NaN) when none has."""
    known = values[np.isfinite(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)


def fmr_of(compared: Comparisons, matched: Scores, weighing: Weighing, draws: Draws) -> Vector:
    """(r,): false-match rate of each resample, given the impostor comparisons that matched."""
    weight = weight_of(compared, matched, weighing)
    sums = np.concatenate([pair_draws(compared, matched, part) @ weight for part in _split(draws, len(matched))])
    return _ratio(sums, impostor_totals(compared, weighing, draws))


def fnmr_of(
    compared: Comparisons, refused: Mask, weighing: Weighing, draws: Draws, among: Mask | None = None
) -> Vector:
    """(r, k): false-non-match rates of each resample.

    Args:
        compared: all comparisons.
        refused: (g, k), which genuine comparisons were refused, in each of k settings.
        weighing: how comparisons count.
        draws: the resamples.
        among: (g,), the genuine comparisons that are looked at; by default all.
    """
    weight = compared.genuine_weight(weighing) * (1.0 if among is None else among)
    columns = np.column_stack([refused * weight[:, None], weight])
    sums = np.concatenate([_genuine_drawn(compared, part) @ columns for part in _genuine_parts(compared, draws)])
    return _ratio(sums[:, :-1], np.broadcast_to(sums[:, -1:], sums[:, :-1].shape))


def fnmr_at_fmr(compared: Comparisons, fmrs: Sequence[float], weighing: Weighing, draws: Draws) -> Vector:
    """(r, k): false-non-match rate where the false-match rate is each of k; each resample finds its own thresholds."""
    thresholds = score_at_fmr(compared, fmrs, weighing, draws)
    weight, score = compared.genuine_weight(weighing), compared.genuine.score
    result = []
    for part, limits in zip(_genuine_parts(compared, draws), _split(thresholds, len(score)), strict=True):
        below = np.zeros((len(part), len(score) + 1))
        np.cumsum(_genuine_drawn(compared, part) * weight, axis=1, out=below[:, 1:])
        errors = np.take_along_axis(below, np.searchsorted(score, limits.astype(np.float32), side="left"), axis=1)
        rates = _ratio(errors, np.broadcast_to(below[:, -1:], errors.shape))
        result.append(np.where(np.isfinite(limits), rates, np.nan))
    return np.concatenate(result)


def score_at_fmr(compared: Comparisons, fmrs: Sequence[float], weighing: Weighing, draws: Draws) -> Vector:
    """(r, k): the lowest threshold of each resample whose false-match rate is at most each of k."""
    allowed = impostor_totals(compared, weighing, draws)[:, None] * np.asarray(fmrs)
    base = np.cumsum(compared.impostor_weight(weighing)) / compared.total[weighing]
    count = int(np.searchsorted(base, _SPARE * max(fmrs))) + 1
    while True:
        looked_at = compared.impostors.chosen(slice(0, count))
        found = _thresholds(compared, looked_at, weighing, draws, allowed)
        if count >= len(compared.impostors) or np.isfinite(found).all():
            return found
        count *= 2


def _thresholds(compared: Comparisons, top: Scores, weighing: Weighing, draws: Draws, allowed: Vector) -> Vector:
    """(r, k): thresholds; NaN where the impostors looked at weigh too little to tell."""
    weight = weight_of(compared, top, weighing)
    above = np.append(just_above(top.score), np.float32(np.nan)).astype(np.float64)
    result = []
    for part, limits in zip(_split(draws, len(top)), _split(allowed, len(top)), strict=True):
        sums = np.cumsum(pair_draws(compared, top, part) * weight, axis=1)
        places = [
            np.searchsorted(row, limit * (1 + 1e-9), side="right") for row, limit in zip(sums, limits, strict=True)
        ]
        result.append(above[np.array(places)])
    return np.concatenate(result)


def impostor_totals(compared: Comparisons, weighing: Weighing, draws: Draws) -> Vector:
    """(r,): weight of all impostor comparisons of each resample; in closed form unless they are a list."""
    if compared.listed:
        parts = _split(draws, len(compared.impostors))
        return np.concatenate([pair_draws(compared, compared.impostors, part).sum(axis=1) for part in parts])
    size = np.ones(len(compared.size)) if weighing is Weighing.PEOPLE else compared.size.astype(np.float64)
    weight = draws.astype(np.float64) * size
    return np.asarray((weight.sum(axis=1) ** 2 - np.square(weight).sum(axis=1)) / 2)


def pair_draws(compared: Comparisons, pairs: Scores, draws: Draws) -> Vector:
    """(r, m): how often each comparison is in each resample."""
    first, second = compared.person[pairs.first], compared.person[pairs.second]
    return np.multiply(draws[:, first], draws[:, second], dtype=np.float64)


def _genuine_drawn(compared: Comparisons, draws: Draws) -> Vector:
    """(r, g): how often each genuine comparison is in each resample."""
    first, second = compared.person[compared.genuine.first], compared.person[compared.genuine.second]
    drawn = draws[:, first].astype(np.float64)
    if (other := first != second).any():  # where pictures are drawn, because people are not known
        drawn[:, other] *= draws[:, second[other]]
    return drawn


def _ratio(errors: Vector, total: Vector) -> Vector:
    """NaN where nothing was drawn."""
    return np.asarray(np.divide(errors, total, out=np.full_like(errors, np.nan), where=total > 0))


def _genuine_parts(compared: Comparisons, draws: Draws) -> list[Draws]:
    return _split(draws, len(compared.genuine))


def _split(rows: NDArray[_Number], columns: int) -> list[NDArray[_Number]]:
    """Rows in parts that are small enough to be spread over so many columns."""
    size = max(1, _CELLS // max(1, columns))
    return [rows[start : start + size] for start in range(0, len(rows), size)]
