"""From what was read in the pictures to everything an evaluation says."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from likeness.domain.confidence import Calibration
from likeness.evaluation import bootstrap
from likeness.evaluation.bootstrap import Draws
from likeness.evaluation.comparisons import Comparisons, Scores, Weighing, compare, compare_listed, weight_of
from likeness.evaluation.dataset import DatasetError, Pair, spelt
from likeness.evaluation.estimates import estimate_fnmr, nothing_seen
from likeness.evaluation.fusing import fused
from likeness.evaluation.observations import NOT_CENTRED, READ, Observations
from likeness.evaluation.rates import (
    ERRORS_NEEDED,
    NOMINAL,
    coarser,
    det_curve,
    fmr_at,
    histogram_of,
    independent_errors,
    score_at,
    wilson,
)
from likeness.evaluation.results import (
    Acquisition,
    AtRate,
    AtThreshold,
    Curve,
    Data,
    Estimate,
    Evaluation,
    Histogram,
    Made,
    WorstPair,
)
from likeness.evaluation.shipped import Shipped
from likeness.evaluation.strata import strata

WORST_PAIRS = 20
HISTOGRAM_BINS = 200


@dataclass(frozen=True, slots=True, eq=False)
class Readable:
    """The pictures that have a template, their comparisons and the resamples of people."""

    seen: Observations
    compared: Comparisons
    draws: Draws


def centred_only(seen: Observations) -> Observations:
    """The same, but pictures whose largest face is not the one nearest the centre are marked as left out."""
    outcome = np.where(seen.read & ~seen.centred, NOT_CENTRED, seen.outcome)
    columns = {name: getattr(seen, name) for name in Observations.__slots__} | {"outcome": outcome}
    return Observations(**columns)


def compare_all(seen: Observations, seed: int) -> Readable:
    """Every two pictures of a folder of people.

    Raises:
        DatasetError: fewer than two people are left.
    """
    readable = seen.chosen(seen.read)
    if len(np.unique(readable.person)) < 2:  # noqa: PLR2004
        raise DatasetError("a face was read in pictures of fewer than two people, so that nothing can be compared")
    compared = compare(readable.vector, readable.person)
    return Readable(readable, compared, bootstrap.draw(len(compared.size), seed))


def compare_pairs(seen: Observations, pairs: Sequence[Pair], seed: int) -> Readable:
    """The pairs of a list; those with a picture that could not be read are left out.

    People are drawn anew where they are known, else pictures.

    Raises:
        DatasetError: no pair of one person, or none of two, is left.
    """
    place = {path: number for number, path in enumerate(seen.path[seen.read].tolist())}
    both = [(str(pair.first.path), str(pair.second.path), pair.same) for pair in pairs]
    known = [(place[first], place[second], same) for first, second, same in both if first in place and second in place]
    if len({same for *_, same in known}) < 2:  # noqa: PLR2004
        raise DatasetError("of the pairs in whose pictures a face was read, none is of one person, or none of two")
    readable = seen.chosen(seen.read)
    unit = readable.person if (readable.person != "").all() else readable.path
    first, second, same = (np.array(column) for column in zip(*known, strict=True))
    compared = compare_listed(readable.vector, unit, first, second, same)
    return Readable(readable, compared, bootstrap.draw(len(compared.size), seed))


def measure(made: Made, seen: Observations, readable: Readable, calibration: Calibration | None) -> Evaluation:
    """Everything that is said of a data set.

    Args:
        made: what is known without looking.
        seen: all pictures.
        readable: from `compare_all` or `compare_pairs`.
        calibration: of the pack; without it nothing is said of thresholds that are in use.
    """
    compared, draws = readable.compared, readable.draws
    weighings = (Weighing.PAIRS,) if compared.listed else tuple(Weighing)
    shipped = calibration and Shipped(calibration, readable.seen.quality, readable.seen.quality_names)
    limits = {it: shipped.score(it) for it in NOMINAL} if shipped else {}
    several = () if compared.listed else fused(compared, readable.seen.vector, limits, made.seed, made.pack)
    root = Path(made.source)
    return Evaluation(
        made=made,
        data=_data(seen, compared),
        acquisition=_acquisition(seen),
        at_rates=tuple(it for weighing in weighings for it in _at_rates(compared, weighing, draws)),
        at_thresholds=tuple(
            _at_threshold(compared, shipped, nominal, weighing, draws)
            for weighing in weighings
            for nominal in NOMINAL
            if shipped
        ),
        doubtful=shipped.doubtful(compared) if shipped else None,
        strata=strata(compared, shipped, draws) if shipped else (),
        fused=several,
        highest_impostors=_worst(compared.impostors, readable.seen, calibration, root),
        lowest_genuine=_worst(compared.genuine, readable.seen, calibration, root),
        curves=tuple(_curve(compared, weighing) for weighing in weighings),
        histogram=_histogram(compared),
    )


def _data(seen: Observations, compared: Comparisons) -> Data:
    _, counts = np.unique(seen.person[seen.person != ""], return_counts=True)
    spread = (int(counts.min()), int(np.median(counts)), int(counts.max())) if len(counts) else (0, 0, 0)
    return Data(
        pictures=len(seen.path),
        people=len(counts),
        pictures_per_person=spread,
        several_faces=int((seen.faces > 1).sum()),
        not_centred=int((seen.outcome == NOT_CENTRED).sum()),
        genuine=len(compared.genuine),
        impostors=compared.impostor_count,
    )


def _acquisition(seen: Observations) -> Acquisition:
    counts = Counter(seen.outcome.tolist())
    failures = {reason: count for reason, count in sorted(counts.items()) if reason not in {READ, NOT_CENTRED}}
    count, tried = sum(failures.values()), len(seen.outcome)
    return Acquisition(failures, Estimate(count / tried, *wilson(count, tried), supported=True))


def _at_rates(compared: Comparisons, weighing: Weighing, draws: Draws) -> list[AtRate]:
    resampled = bootstrap.fnmr_at_fmr(compared, list(NOMINAL.values()), weighing, draws)
    result = []
    for column, (name, rate) in enumerate(NOMINAL.items()):
        score = score_at(compared, rate, weighing)
        matched = compared.impostors.chosen(compared.impostors.score >= np.float32(score))
        errors = independent_errors(compared, matched, weighing)
        refused = compared.genuine.score < np.float32(score)
        fnmr = estimate_fnmr(compared, refused, weighing, resampled[:, column])
        supported = fnmr.supported and errors >= ERRORS_NEEDED
        result.append(AtRate(name, weighing, score, replace(fnmr, supported=supported), len(matched), errors))
    return result


def _at_threshold(
    compared: Comparisons, shipped: Shipped, nominal: str, weighing: Weighing, draws: Draws
) -> AtThreshold:
    matched = shipped.matched(compared, nominal)
    errors = independent_errors(compared, matched, weighing)
    refused = shipped.refused(compared.genuine)[:, list(NOMINAL).index(nominal)]
    score = shipped.score(nominal)
    fmr = (
        _fmr(compared, matched, weighing, draws, errors)
        if score >= compared.floor
        else _bulk(compared, score, weighing)
    )
    resampled = bootstrap.fnmr_of(compared, refused[:, None], weighing, draws)[:, 0]
    fnmr = estimate_fnmr(compared, refused, weighing, resampled)
    return AtThreshold(nominal, weighing, score, fmr, fmr.value / NOMINAL[nominal], fnmr, len(matched), errors)


def _fmr(compared: Comparisons, matched: Scores, weighing: Weighing, draws: Draws, errors: float) -> Estimate:
    """Without a false match the interval ends at 3 over the pairs of people (`estimates`)."""
    if not len(matched):
        people = len(compared.size)
        return nothing_seen(len(compared.impostors) if compared.listed else people * (people - 1) / 2)
    value = float(weight_of(compared, matched, weighing).sum() / compared.total[weighing])
    low, high = bootstrap.interval(bootstrap.fmr_of(compared, matched, weighing, draws))
    return Estimate(value, low, high, errors >= ERRORS_NEEDED)


def _bulk(compared: Comparisons, score: float, weighing: Weighing) -> Estimate:
    """A threshold so far off that it matches more than is kept: the rate, but no interval."""
    return Estimate(fmr_at(compared, score, weighing), float("nan"), float("nan"), supported=True)


def _worst(pairs: Scores, seen: Observations, calibration: Calibration | None, root: Path) -> tuple[WorstPair, ...]:
    worst = pairs.chosen(slice(0, WORST_PAIRS))
    return tuple(
        WorstPair(
            float(score),
            calibration.confidence(float(score)) if calibration else None,
            shown(str(seen.path[first]), root),
            shown(str(seen.path[second]), root),
        )
        for score, first, second in zip(worst.score, worst.first, worst.second, strict=True)
    )


def shown(path: str, root: Path) -> str:
    """A path for people to read: below `root` where it is, and written as by `dataset.spelt`."""
    folder = root if root.is_dir() else root.parent
    below = os.path.relpath(path, folder) if Path(path).is_relative_to(folder) else path
    return spelt(below)


def _curve(compared: Comparisons, weighing: Weighing) -> Curve:
    det = det_curve(compared, weighing)
    return Curve(weighing, *(tuple(float(it) for it in column) for column in (det.score, det.fmr, det.fnmr)))


def _histogram(compared: Comparisons) -> Histogram:
    genuine = histogram_of(compared.genuine.score, HISTOGRAM_BINS)
    impostors = coarser(compared.histogram[Weighing.PAIRS], HISTOGRAM_BINS)
    return Histogram(*(tuple(int(it) for it in column) for column in (genuine, impostors)))
