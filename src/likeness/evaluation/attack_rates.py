"""Error rates of attack detection in the terms of ISO/IEC 30107-3; a score is believed from its threshold up."""

import numpy as np
from numpy.typing import NDArray

from likeness.evaluation import bootstrap
from likeness.evaluation.attack_results import Rate
from likeness.evaluation.comparisons import Mask, Vector
from likeness.evaluation.rates import ERRORS_NEEDED, wilson

Names = NDArray[np.str_]

SOURCES_NEEDED = 5
"""Sources from which they are drawn anew: with fewer, resamples tell nearly nothing of other sources."""
LOG_ODDS_MAX = 12.0
"""Where log-odds end in histograms: beyond, scores differ from 0 and 1 by less than 1e-5."""
HISTOGRAM_BINS = 48

_CURVE_POINTS = 200  # from either end


def rate_of(wrong: Mask, source: Names, seed: int) -> Rate:
    """The share that is wrong, with its interval.

    Presentations of one source err together, so that sources are drawn anew with all that they hold, where there are
    SOURCES_NEEDED. Resamples have little or no width where hardly any source erred, or all did alike; the interval is
    therefore at least Wilson's of as many trials as there are sources, as if files of one source were all alike. So
    it contains Wilson's over files, and neither end ever falls when one more presentation is wrong. With fewer sources
    the interval is Wilson's, as if each presentation were a source of its own: it tells nothing of other sources.

    Args:
        wrong: (n,).
        source: (n,), names.
        seed: of the resamples.
    """
    errors, of = int(wrong.sum()), len(wrong)
    names, place = np.unique(source, return_inverse=True)
    drawn = len(names) >= SOURCES_NEEDED
    low, high = _over_sources(wrong, place, len(names), seed) if drawn else wilson(errors, of)
    return Rate(
        value=errors / of if of else float("nan"),
        low=low,
        high=high,
        supported=errors >= ERRORS_NEEDED,
        errors=errors,
        of=of,
        sources=len(names),
        interval="sources" if drawn else "presentations",
    )


def _over_sources(wrong: Mask, place: NDArray[np.intp], sources: int, seed: int) -> tuple[float, float]:
    draws = bootstrap.draw(sources, seed)
    errors, total = (np.bincount(place, weights, minlength=sources) for weights in (wrong, None))
    low, high = bootstrap.interval(np.asarray((draws @ errors) / (draws @ total)))
    least_low, least_high = wilson(float(wrong.mean()) * sources, sources)
    return min(low, least_low), max(high, least_high)


def auc(attacks: Vector, live: Vector) -> float:
    """How often an attack scores above a live person, ties counted half; NaN without either."""
    if not (len(attacks) and len(live)):
        return float("nan")
    ordered = np.sort(live)
    below = np.searchsorted(ordered, attacks, side="left")
    up_to = np.searchsorted(ordered, attacks, side="right")
    return float((below + up_to).mean() / (2 * len(live)))


def det(attacks: Vector, live: Vector) -> tuple[Vector, Vector, Vector]:
    """Thresholds, APCER and BPCER, each (n,), at the scores that occur; thinned, but not where rates are small."""
    scores = np.unique(np.concatenate([attacks, live]))
    steps = np.geomspace(1, len(scores), _CURVE_POINTS).round().astype(int)
    thresholds = np.append(scores[np.unique(np.concatenate([steps - 1, len(scores) - steps]))], np.inf)
    apcer = np.searchsorted(np.sort(attacks), thresholds, side="left") / len(attacks)
    bpcer = 1 - np.searchsorted(np.sort(live), thresholds, side="left") / len(live)
    return thresholds, np.asarray(apcer), np.asarray(bpcer)


def log_odds(score: Vector) -> Vector:
    """Of scores from 0 to 1, kept within LOG_ODDS_MAX of 0."""
    least = 1 / (1 + np.exp(LOG_ODDS_MAX))
    kept = np.clip(score, least, 1 - least)
    return np.asarray(np.log(kept / (1 - kept)))


def histogram(score: Vector) -> tuple[int, ...]:
    """How many scores lie in each of HISTOGRAM_BINS bins of log-odds."""
    # Rounding may put the ends a hair beyond the range.
    kept = np.clip(log_odds(score), -LOG_ODDS_MAX, LOG_ODDS_MAX)
    counts, _ = np.histogram(kept, HISTOGRAM_BINS, (-LOG_ODDS_MAX, LOG_ODDS_MAX))
    return tuple(int(it) for it in counts)
