"""What is made of four digits read aloud: what was heard, and whether lips and sound agree."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser heard.

    digits: those most likely said, in their order; empty where no digit was heard.
    score: the higher, the more surely the digits asked for were said, exactly those and in that order.
    """

    digits: str
    score: float


@dataclass(frozen=True, slots=True)
class LipSync:
    """How well mouth and sound go together.

    score: the higher, the better they agree. delay_s: by how much later the sound is than the mouth where they agree
    best.
    """

    score: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is made of a clip in which digits are read aloud."""

    heard: Heard
    lip_sync: LipSync


@dataclass(frozen=True, slots=True)
class Limits:
    """The scores from which on something is believed: as usual, and where the caller asked for `video_strict`."""

    normal: float
    strict: float

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Take the `value` of `normal` and of `strict`.

        Raises:
            ValueError: one is missing or not a finite number, or the strict one is the lower.
        """
        try:
            normal, strict = (float(entries[level]["value"]) for level in ("normal", "strict"))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("a threshold of spoken digits is missing or no number") from error
        if not (math.isfinite(normal) and math.isfinite(strict) and normal <= strict):
            raise ValueError("the thresholds of spoken digits are not finite, or fall with strictness")
        return cls(normal, strict)

    def at(self, *, strict: bool) -> float:
        """The limit at one level."""
        return self.strict if strict else self.normal


@dataclass(frozen=True, slots=True)
class SpokenThresholds:
    """From which score on the digits count as said, and lips and sound as one; values in `spoken/`."""

    said: Limits
    agreement: Limits
