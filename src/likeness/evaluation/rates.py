"""Error rates of comparisons; the terms are those of ISO/IEC 19795-1. A comparison matches from its threshold up."""

import math
from dataclasses import dataclass

import numpy as np

from likeness.domain.face import FloatArray
from likeness.evaluation.comparisons import BINS, Comparisons, Mask, Scores, Vector, Weighing, bin_edges, weight_of

NOMINAL = {"1e-3": 1e-3, "1e-4": 1e-4, "1e-5": 1e-5, "1e-6": 1e-6}
"""The false-match rates that thresholds are given for."""
ERRORS_NEEDED = 10
"""Independent errors below which a rate is not supported: the exact Poisson interval (95 %) of 10 events reaches from
4.8 to 18.4, half to twice the rate; with fewer it is wider than that."""
Z_95 = 1.959964
"""The normal deviate of a two-sided interval of 95 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Det:
    """A detection error trade-off curve: thresholds and both rates, each (n,), from loose to strict."""

    score: Vector
    fmr: Vector
    fnmr: Vector


def impostor_share(compared: Comparisons, weighing: Weighing) -> Vector:
    """(m,): share of all impostor weight at or above each kept impostor score, the highest score first."""
    return np.asarray(np.cumsum(compared.impostor_weight(weighing)) / compared.total[weighing])


def fmr_at(compared: Comparisons, score: float, weighing: Weighing) -> float:
    """False-match rate at a threshold: counted from `floor` up, below it read from the histogram."""
    if score < compared.floor:
        return share_above(compared.histogram[weighing], score)
    matches = int(np.searchsorted(-compared.impostors.score, -np.float32(score), side="right"))
    return float(compared.impostor_weight(weighing)[:matches].sum() / compared.total[weighing])


def score_at(compared: Comparisons, fmr: float, weighing: Weighing) -> float:
    """The lowest threshold whose false-match rate is at most `fmr`: just above the highest score to be refused."""
    share = impostor_share(compared, weighing)
    matches = int(np.searchsorted(share, fmr * (1 + 1e-12), side="right"))  # the sum's rounding is no error
    if matches < len(share):
        return float(just_above(compared.impostors.score[matches]))
    return score_of_share(compared.histogram[weighing], fmr)


def share_above(histogram: Vector, score: float) -> float:
    """Part of a histogram of BINS bins at or above a score, evenly spread within a bin; NaN when it is empty."""
    return float(np.interp(score, bin_edges(), _above(histogram)))


def score_of_share(histogram: Vector, share: float) -> float:
    """The lowest bin edge with at most this part of a histogram of BINS bins above it; 1 when it is empty."""
    within = _above(histogram) <= share
    return float(bin_edges()[int(np.argmax(within))]) if within.any() else 1.0


def _above(histogram: Vector) -> Vector:
    with np.errstate(invalid="ignore"):
        return np.append(histogram[::-1].cumsum()[::-1], 0.0) / np.float64(histogram.sum())


def just_above(score: FloatArray) -> FloatArray:
    """The next float32 of each."""
    return np.asarray(np.nextafter(score, np.float32(np.inf), dtype=np.float32))


def fnmr_at(compared: Comparisons, score: float, weighing: Weighing) -> float:
    """False-non-match rate at a threshold; NaN without genuine comparisons."""
    return share_of(compared.genuine.score < np.float32(score), compared.genuine_weight(weighing))


def share_of(chosen: Mask, weight: Vector) -> float:
    """Part of the weight that is chosen; NaN when there is none."""
    total = float(weight.sum())
    return float(weight[chosen].sum()) / total if total else math.nan


def det_curve(compared: Comparisons, weighing: Weighing, points: int = 200) -> Det:
    """The trade-off at thresholds whose false-match rates are spaced evenly on a log scale, down to a single error."""
    least = float(compared.impostor_weight(weighing).min(initial=np.inf) / compared.total[weighing])
    rates = np.geomspace(1, min(least, 1e-2), points)
    scores = np.unique([score_at(compared, float(rate), weighing) for rate in rates])
    return Det(
        scores,
        np.array([fmr_at(compared, float(score), weighing) for score in scores]),
        np.array([fnmr_at(compared, float(score), weighing) for score in scores]),
    )


def independent_errors(compared: Comparisons, false_matches: Scores, weighing: Weighing) -> float:
    """How many pairs of people the false matches amount to: Kish's effective size (sum w)^2 / sum w^2.

    Pictures of the same two people err together; each two people are one source of error, weighing what their false
    matches weigh. One pair with a wrong label and many pictures thus counts as about one error.
    """
    weight = weight_of(compared, false_matches, weighing)
    people = np.sort(np.stack([compared.person[false_matches.first], compared.person[false_matches.second]]), axis=0)
    _, pair = np.unique(people, axis=1, return_inverse=True)
    by_pair = np.bincount(pair.ravel(), weight)
    return float(by_pair.sum() ** 2 / np.square(by_pair).sum()) if len(by_pair) else 0.0


def wilson(count: float, of: int) -> tuple[float, float]:
    """Interval of 95 % of a share (E. B. Wilson 1927, JASA 22:209); the whole of 0 to 1 when nothing was tried.

    The fewer trials, the wider: of the same share, the interval with fewer contains that with more.
    """
    if not of:
        return 0.0, 1.0
    share, square = count / of, Z_95**2 / of
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(share * (1 - share) * square + square**2 / 4) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def histogram_of(score: FloatArray, bins: int) -> Vector:
    """(bins,): how many scores lie in each of some bins from -1 to 1."""
    return np.histogram(score, bins=bins, range=(-1, 1))[0].astype(np.float64)


def coarser(histogram: Vector, bins: int) -> Vector:
    """(bins,): a histogram of BINS bins in fewer; `bins` divides BINS."""
    return np.asarray(histogram.reshape(bins, BINS // bins).sum(axis=1))
