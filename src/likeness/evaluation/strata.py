"""Error rates by the quality of the worse picture of a comparison, in thirds of the data set."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.evaluation import bootstrap
from likeness.evaluation.bootstrap import Draws
from likeness.evaluation.comparisons import Comparisons, Indices, Weighing, total_weight, weight_of
from likeness.evaluation.estimates import estimate_fnmr
from likeness.evaluation.rates import NOMINAL
from likeness.evaluation.results import Stratum
from likeness.evaluation.shipped import Shipped

THIRDS = ("best", "middle", "worst")
BEST_IN_BETWEEN = frozenset({"brightness"})
"""Qualities of which both too little and too much is bad: the distance from the median counts."""
WORSE_WHEN_HIGH = frozenset({"landmark_spread"})
"""Qualities of which more is worse; of all others less is."""

_WEIGHING = Weighing.PEOPLE


@dataclass(frozen=True, slots=True, eq=False)
class _Thirds:
    """A quality, which third each picture is in by it, (n,), 0 the best; and what the thirds are, in words."""

    quality: str
    third: Indices
    spans: tuple[str, ...]


def strata(compared: Comparisons, shipped: Shipped, draws: Draws) -> tuple[Stratum, ...]:
    """Rates at the shipped thresholds; every two people, and every person, count alike within a third."""
    result = []
    for name, values in zip(shipped.quality_names, shipped.quality.T, strict=True):
        thirds = _thirds(name, values)
        if thirds is not None:
            result += [_stratum(compared, shipped, draws, thirds, place) for place in range(len(THIRDS))]
    return tuple(it for it in result if it.genuine or it.impostors)


def _thirds(name: str, values: FloatArray) -> _Thirds | None:
    """None when the quality was not measured, or does not differ; a picture without it is in the worst third."""
    if np.isnan(values).all():
        return None
    median = float(np.nanmedian(values))
    badness: NDArray[np.float32] = -values
    if name in BEST_IN_BETWEEN:
        badness = np.abs(values - np.float32(median))
    elif name in WORSE_WHEN_HIGH:
        badness = values
    one, two = (float(it) for it in np.nanquantile(badness, [1 / 3, 2 / 3]))
    third = np.searchsorted([one, two], badness, side="left").astype(np.int64)
    if len(np.unique(third)) < len(THIRDS):
        return None
    return _Thirds(name, third, tuple(_span(name, values[third == place], median) for place in range(len(THIRDS))))


def _span(name: str, values: FloatArray, median: float) -> str:
    if name in BEST_IN_BETWEEN:
        away = np.abs(values - median)
        return f"{np.nanmin(away):.3g} to {np.nanmax(away):.3g} from {median:.4g}"
    return f"{np.nanmin(values):.4g} to {np.nanmax(values):.4g}"


def _stratum(compared: Comparisons, shipped: Shipped, draws: Draws, thirds: _Thirds, place: int) -> Stratum:
    genuine = compared.genuine
    among = np.maximum(thirds.third[genuine.first], thirds.third[genuine.second]) == place
    refused = shipped.refused(genuine)
    resampled = bootstrap.fnmr_of(compared, refused, _WEIGHING, draws, among)
    total, count = _impostors(compared, thirds.third, place)
    fnmr, fmr, false_matches = {}, {}, {}
    for column, nominal in enumerate(NOMINAL):
        fnmr[nominal] = estimate_fnmr(compared, refused[:, column], _WEIGHING, resampled[:, column], among)
        matched = shipped.matched(compared, nominal)
        here = matched.chosen(np.maximum(thirds.third[matched.first], thirds.third[matched.second]) == place)
        told = total > 0 and shipped.score(nominal) >= compared.floor
        fmr[nominal] = float(weight_of(compared, here, _WEIGHING).sum()) / total if told else float("nan")
        false_matches[nominal] = len(here)
    span = thirds.spans[place]
    return Stratum(thirds.quality, THIRDS[place], span, int(among.sum()), count, fnmr, fmr, false_matches)


def _impostors(compared: Comparisons, third: Indices, place: int) -> tuple[float, int]:
    """Weight and number of the impostor comparisons whose worse picture is in a third."""
    if compared.listed:
        pairs = compared.impostors
        count = int((np.maximum(third[pairs.first], third[pairs.second]) == place).sum())
        return float(count), count
    up_to, below = _among(compared, third <= place), _among(compared, third < place)
    return up_to[0] - below[0], round(up_to[1] - below[1])


def _among(compared: Comparisons, pictures: NDArray[np.bool_]) -> tuple[float, float]:
    """Weight and number of all impostor comparisons among some pictures, in closed form."""
    counted = np.bincount(compared.person[pictures], minlength=len(compared.size)).astype(np.float64)
    return total_weight(counted / compared.size), total_weight(counted)
