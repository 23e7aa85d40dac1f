"""The files of one kind and unit, with what came of them: what rates are told of."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from likeness.domain.capture import DetectorScore
from likeness.domain.genuineness import GenuinenessThresholds, Judged, Level
from likeness.domain.verdict import FaceGenuineness
from likeness.evaluation.attack_rates import Names
from likeness.evaluation.attacks import Found, Kind, Presentation, Unit
from likeness.evaluation.comparisons import Mask, Vector
from likeness.evaluation.presentations import JUDGED, REFUSED, Looked


@dataclass(frozen=True, slots=True)
class Row:
    """A file and what came of it."""

    shown: Presentation
    looked: Looked


@dataclass(frozen=True, slots=True)
class Group:
    """All files of one kind and unit; judged: those with scores. refused: those refused before. damaged: the rest."""

    unit: Unit
    kind: Kind
    judged: tuple[Row, ...]
    refused: tuple[Row, ...]
    damaged: tuple[Row, ...]

    def scores(self, detector: str) -> Vector:
        """(n,): of what was judged, by one detector."""
        return _scores([row.looked.scores for row in self.judged], detector)

    def frame_scores(self, detector: str) -> Vector:
        """(n,): of all frames of what was judged."""
        return _scores([frame for row in self.judged for frame in row.looked.frames], detector)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a file is called at one level, and how each detector came to it."""

    called: FaceGenuineness
    judged: tuple[Judged, ...]

    def believes(self, detector: str) -> bool:
        """Whether this detector is believed."""
        return any(it.detector == detector and it.believed for it in self.judged)


def groups_of(found: Found, looked: Sequence[Looked]) -> tuple[Group, ...]:
    """Every unit and kind of which there are files, clips first, bona fide first.

    Args:
        found: the files.
        looked: what came of each of its presentations.
    """
    rows = [Row(shown, seen) for shown, seen in zip(found.presentations, looked, strict=True)]
    return tuple(
        _group(unit, kind, here)
        for unit in Unit
        for kind in Kind
        if (here := [row for row in rows if (row.shown.unit, row.shown.kind) == (unit, kind)])
    )


def verdicts(group: Group, thresholds: GenuinenessThresholds, level: Level) -> list[Verdict]:
    """Of what was judged, in its order.

    Raises:
        EngineError: a detector without thresholds.
    """
    result = []
    for row in group.judged:
        called, judged = thresholds.judge(row.looked.scores, level)
        result.append(Verdict(called, tuple(judged)))
    return result


def passed(these: Sequence[Verdict]) -> Mask:
    """(n,): which are PASSED."""
    return np.array([it.called is FaceGenuineness.PASSED for it in these], np.bool_)


def sources(rows: Sequence[Row]) -> Names:
    """(n,): where they come from."""
    return np.array([row.shown.source for row in rows], np.str_)


def _group(unit: Unit, kind: Kind, rows: Sequence[Row]) -> Group:
    judged = tuple(row for row in rows if row.looked.outcome == JUDGED)
    refused = tuple(row for row in rows if row.looked.outcome in REFUSED)
    damaged = tuple(row for row in rows if row.looked.outcome not in {JUDGED, *REFUSED})
    return Group(unit, kind, judged, refused, damaged)


def _scores(of_each: Sequence[Sequence[DetectorScore]], detector: str) -> Vector:
    found = [it.score for scores in of_each for it in scores if it.detector == detector]
    return np.array(found, np.float64)
