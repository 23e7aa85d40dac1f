"""What the detectors of attacks say, at which score each is believed, and what a capture is called then."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any, Self

from likeness.domain.capture import DetectorScore
from likeness.domain.errors import EngineError
from likeness.domain.verdict import FaceGenuineness

VERDICTS = {
    "print": FaceGenuineness.MASK,
    "cutout": FaceGenuineness.MASK,
    "screen": FaceGenuineness.SCREEN_REPLAY,
    "minifasnet": FaceGenuineness.SCREEN_REPLAY,
    "generated": FaceGenuineness.FACEGEN,
}
"""What a capture is called when a detector is believed, in the order in which the answer names one of several."""


class Level(StrEnum):
    """How readily an attack is believed; operators set one of the first three, the last is for callers to ask for."""

    RELAXED = "relaxed"
    NORMAL = "normal"
    STRICT = "strict"
    STRICTEST = "strictest"

    def one_up(self) -> "Level":
        """The next stricter level: what `still_strict` asks for."""
        levels = list(Level)
        return levels[min(levels.index(self) + 1, len(levels) - 1)]


@dataclass(frozen=True, slots=True)
class Judged:
    """One detector's score against its threshold; `reason`: what it saw, as far as it can tell."""

    detector: str
    score: float
    threshold: float
    believed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class GenuinenessThresholds:
    """At which score, 0 to 1, each detector is believed, by level; from `genuineness/thresholds.json`."""

    limits: Mapping[str, Mapping[Level, float]]

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Take the `value` of every level of every detector in a parsed file.

        Raises:
            ValueError: a detector is unknown, a level missing or unknown, or a value not a finite number.
        """
        limits = {
            detector: {Level(level): float(entry["value"]) for level, entry in levels.items()}
            for detector, levels in entries["detectors"].items()
        }
        if wrong := limits.keys() - VERDICTS.keys():
            msg = f"no verdict is known for detectors: {', '.join(sorted(wrong))}"
            raise ValueError(msg)
        for detector, levels in limits.items():
            if levels.keys() != set(Level) or not all(math.isfinite(value) for value in levels.values()):
                msg = f"detector {detector!r} needs a finite threshold at each of: {', '.join(Level)}"
                raise ValueError(msg)
            by_strictness = [levels[level] for level in Level]
            if by_strictness != sorted(by_strictness, reverse=True):
                msg = f"the thresholds of detector {detector!r} rise with strictness"
                raise ValueError(msg)
        return cls(limits)

    def judge(self, scores: Sequence[DetectorScore], level: Level) -> tuple[FaceGenuineness, list[Judged]]:
        """The verdict, and how each detector came to it: one that is believed is enough.

        Raises:
            EngineError: no scores, or those of a detector without thresholds: nothing passes that nobody judged.
        """
        if not scores or any(it.detector not in self.limits for it in scores):
            raise EngineError
        judged = [
            Judged(it.detector, it.score, limit, it.score >= limit, it.reason)
            for it in scores
            for limit in [self.limits[it.detector][level]]
        ]
        believed = {it.detector for it in judged if it.believed}
        verdict = next((VERDICTS[name] for name in VERDICTS if name in believed), FaceGenuineness.PASSED)
        return verdict, judged


def shipped_genuineness_thresholds() -> GenuinenessThresholds:
    """The thresholds that come with the package."""
    path = resources.files("likeness") / "genuineness" / "thresholds.json"
    return GenuinenessThresholds.from_dict(json.loads(path.read_text("utf-8")))
