"""Makes a pack's calibration: from the scores of strangers to false-match rates, thresholds and their intervals."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from likeness.domain.confidence import DOUBT_MEASURE, PINS, Calibration
from likeness.evaluation import bootstrap, tail
from likeness.evaluation.comparisons import Comparisons, Mask, Weighing, bin_edges, total_weight
from likeness.evaluation.dataset import DatasetError
from likeness.evaluation.measure import Readable
from likeness.evaluation.rates import ERRORS_NEEDED, fmr_at, fnmr_at, score_at
from likeness.evaluation.tail import Impostors, Tail

COUNTED = (-0.02, -0.05, -0.1, -0.2, -0.3, -0.5, -0.75, -1.0, -1.25, -1.5, -1.75, -2.0, -2.25, -2.5, -2.75)
"""log10 rates of the knots that are counted, as far as the tail's start."""
LAST_LOG10_FMR, STEP_LOG10 = -6.0, 0.5
"""The tail's knots reach to the strictest threshold; beyond, its tangent goes on to a score of 1."""
PEOPLE_NEEDED = 150
"""11,175 pairs of people, eleven of which match falsely at 1e-3: with fewer, not even that threshold is supported."""
DOUBTFUL_SHARE = 0.05
"""Pictures, the least like their mirror image, whose comparisons may get thresholds of their own."""
TOLD_AT = "1e-3"
"""The rate at which enough false matches are counted to tell whether they need them."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a calibration is made of: the pack, its files by sha256, the name of the data set, the command."""

    pack: str
    model_digests: dict[str, str]
    data_set: str
    command: str
    pictures: int
    failures_to_acquire: int


def calibrate(source: Source, readable: Readable) -> dict[str, Any]:
    """The contents of a `calibration.json`, of which `domain.confidence.Calibration` reads what decisions need.

    Args:
        source: what is known without looking.
        readable: all pictures with a template, from `measure.compare_all`.

    Raises:
        DatasetError: there are too few people.
    """
    compared = readable.compared
    people = len(compared.size)
    if people < PEOPLE_NEEDED:
        msg = f"a calibration needs pictures of at least {PEOPLE_NEEDED} people; a face was read of {people}"
        raise DatasetError(msg)
    impostors = Impostors.of(compared)
    try:
        fitted = tail.fit(impostors)
        knots = _knots(compared, fitted)
        curve = Calibration.from_dict({"pack": source.pack, "knots": knots})
    except ValueError as error:
        msg = "the scores of these strangers have no tail: are the same pictures there under several names?"
        raise DatasetError(msg) from error
    again = tail.resampled(impostors, compared, fitted, readable.draws)
    return {
        "pack": source.pack,
        "model_digests": source.model_digests,
        "data_set": source.data_set,
        "command": source.command,
        "people": people,
        "pictures": source.pictures,
        "failures_to_acquire": source.failures_to_acquire,
        "impostor_pairs": compared.impostor_count,
        "genuine_pairs": len(compared.genuine),
        "weights": "every two people, and every person, count alike",
        "tail": _told(compared, fitted, again),
        "knots": knots,
        "thresholds": {name: _threshold(readable, float(name), curve, fitted, again) for name in PINS},
        "doubtful": _doubtful(readable, impostors, curve),
    }


def _knots(compared: Comparisons, fitted: Tail) -> list[tuple[float, float]]:
    """Counted, then fitted, then along the tangent, which errs on the strangers' side as the tail falls faster."""
    start = math.log10(fitted.start_fmr)
    histogram = compared.histogram[Weighing.PEOPLE]
    points = [(float(bin_edges()[int(np.argmax(histogram > 0))]), 0.0)]
    points += [(score_at(compared, 10.0**rate, Weighing.PEOPLE), rate) for rate in COUNTED if rate > start]
    grid = np.arange(math.floor(start / STEP_LOG10) * STEP_LOG10, LAST_LOG10_FMR - 1e-9, -STEP_LOG10)
    rates = [start, *grid[grid < start - STEP_LOG10 / 10]]
    points += [(fitted.score_at(10.0**rate), float(rate)) for rate in rates]
    points.append((1.0, points[-1][1] - fitted.exponent / math.log(10)))
    return _rising(points)


def _rising(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Rounded, without those that do not rise over the one before: scores of few people come in steps."""
    knots = [(round(points[0][0], 5), points[0][1])]
    for score, rate in points[1:]:
        knot = (round(score, 5), round(rate, 4))
        if knot[0] > knots[-1][0] and knot[1] < knots[-1][1]:
            knots.append(knot)
    return knots


def _told(compared: Comparisons, fitted: Tail, again: list[Tail]) -> dict[str, Any]:
    low, high = bootstrap.interval(np.array([it.exponent for it in again]))
    rates = np.arange(
        math.log10(fitted.start_fmr), math.log10(fmr_at(compared, fitted.censored, Weighing.PEOPLE)), -0.05
    )
    scores = np.array([score_at(compared, 10.0**rate, Weighing.PEOPLE) for rate in rates])
    return {
        "model": "FMR(s) = start_fmr * ((1 - s) / (1 - start)) ** exponent: peaks over a threshold, ending at 1",
        "start": round(fitted.start, 5),
        "start_fmr": rounded(fitted.start_fmr),
        "exponent": round(fitted.exponent, 2),
        "exponent_95": [round(low, 2), round(high, 2)],
        "censored_above": round(fitted.censored, 5),
        "censored_pairs_of_people": tail.CENSORED_PAIRS,
        "max_residual_log10": round(float(np.abs(fitted.log10_fmr(scores) - rates).max()), 3),
        "beyond_1e-6": "the tangent at 1e-6 continued to a score of 1",
    }


def _threshold(readable: Readable, rate: float, curve: Calibration, fitted: Tail, again: list[Tail]) -> dict[str, Any]:
    """One threshold, what it costs, and what it rests on.

    `counted`: from the tail's start up, with ERRORS_NEEDED false matches of people or more. `fitted`: the tail's fit
    decides. `extrapolated`: less than one false match was to be expected, or the tail had to start too early to reach
    so far, so that the data do not support it. The interval is that of the fit, were its form exact.
    """
    compared = readable.compared
    score = round(curve.score_at(rate), 4)
    expected = rate * compared.total[Weighing.PEOPLE]
    counted = fitted.begins_at(rate) and expected >= ERRORS_NEEDED
    supported = counted or (expected >= 1 and fitted.supports(rate))
    low, high = bootstrap.interval(np.array([it.score_at(rate) for it in again]))
    refused = compared.genuine.score < np.float32(score)
    resampled = bootstrap.fnmr_of(compared, refused[:, None], Weighing.PEOPLE, readable.draws)[:, 0]
    return {
        "score": score,
        "score_95": [round(low, 4), round(high, 4)],
        "rests_on": "counted" if counted else "fitted" if supported else "extrapolated",
        "expected_false_matches_of_people": rounded(expected),
        "fmr_counted": rounded(fmr_at(compared, score, Weighing.PEOPLE)),
        "fnmr": rounded(fnmr_at(compared, score, Weighing.PEOPLE)),
        "fnmr_95": [rounded(it) for it in bootstrap.interval(resampled)],
    }


def _doubtful(readable: Readable, impostors: Impostors, curve: Calibration) -> dict[str, Any] | None:
    """Thresholds for comparisons with a picture of doubtful quality.

    None where the people are too few, or where strangers match no more often in such comparisons than in others: the
    counted false matches of people at 1e-3 exceed the expected by no more than two standard deviations.
    """
    compared = readable.compared
    measure = readable.seen.quality[:, readable.seen.quality_names.index(DOUBT_MEASURE)].astype(np.float64)
    limit = round(float(np.nanquantile(measure, DOUBTFUL_SHARE)), 4)
    doubtful: Mask = ~(measure >= limit)  # what could not be measured is doubtful
    pairs = impostors.pairs
    good = np.bincount(compared.person[~doubtful], minlength=len(compared.size)) / compared.size
    among = impostors.among(
        compared, doubtful[pairs.first] | doubtful[pairs.second], impostors.total - total_weight(good)
    )
    try:
        fitted = tail.fit(among)
    except ValueError:
        return None
    general = {name: curve.score_at(float(name)) for name in PINS}
    counts = {name: float(among.weight[among.pairs.score >= np.float32(it)].sum()) for name, it in general.items()}
    expected = float(TOLD_AT) * among.total
    if counts[TOLD_AT] <= expected + 2 * math.sqrt(expected):
        return None
    return {
        "measure": DOUBT_MEASURE,
        "below": limit,
        "share_of_pictures": DOUBTFUL_SHARE,
        "scores": {name: round(max(score, _own(fitted, among, float(name))), 4) for name, score in general.items()},
        "fmr_at_general_thresholds": {name: rounded(count / among.total) for name, count in counts.items()},
    }


def _own(fitted: Tail, among: Impostors, rate: float) -> float:
    """The score of a rate: counted above the tail's start, else fitted."""
    if rate < fitted.start_fmr:
        return fitted.score_at(rate)
    share = np.cumsum(among.weight) / among.total
    return float(among.pairs.score[min(int(np.searchsorted(share, rate)), len(share) - 1)])


def rounded(rate: float) -> float | None:
    """Three significant digits; None, as JSON has no NaN, where there was nothing to count."""
    return float(f"{rate:.3g}") if math.isfinite(rate) else None
