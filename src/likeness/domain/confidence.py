"""From a comparison score to the confidence clients compare with, by way of the calibrated false-match rate."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from likeness.domain.face import Quality

PINS: dict[str, float] = {"1e-3": 65.3, "1e-4": 71.8, "1e-5": 76.5, "1e-6": 79.9}
"""Confidence at each false-match rate; the figures documented to clients, whatever model runs (docs/wire.md)."""


DOUBT_MEASURE = "mirror_similarity"
"""The quality, a field of `face.Quality`, that tells best in which pictures a score is worth less."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Stricter thresholds for comparisons of which a picture's quality makes the score less trustworthy.

    below: value of DOUBT_MEASURE under which a picture is doubtful. scores: by false-match rate, as in PINS.
    """

    below: float
    scores: dict[str, float]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From the `doubtful` part of a parsed `calibration.json`.

        Raises:
            ValueError: it is none, of another measure, or its scores are no cosines or fall as the rate does.
        """
        if data["measure"] != DOUBT_MEASURE or data["scores"].keys() != PINS.keys():
            raise ValueError("not thresholds for doubtful quality")
        doubt = cls(float(data["below"]), {name: float(score) for name, score in data["scores"].items()})
        if not all(math.isfinite(number) for number in (doubt.below, *doubt.scores.values())):
            raise ValueError("a threshold for doubtful quality is not a finite number")
        scores = [doubt.scores[name] for name in PINS]
        if scores != sorted(scores) or scores[-1] > 1:
            raise ValueError("scores for doubtful quality must rise with strictness, up to 1")
        return doubt

    def concerns(self, *pictures: Quality) -> bool:
        """Whether one of the pictures compared is doubtful."""
        return not all(getattr(quality, DOUBT_MEASURE) >= self.below for quality in pictures)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the comparison scores of one pack turn into false-match rates and confidence.

    knots: (score, log10 of the false-match rate), score rising strictly, rate falling strictly from 1 (0.0) at the
    first knot to beyond 1e-6 at the last; between knots the logarithm is linear in the score.
    doubt: see there; None where there were too few people to tell.
    """

    pack: str
    knots: tuple[tuple[float, float], ...]
    doubt: Doubt | None = None

    def __post_init__(self) -> None:
        """Refuse knots that are not a curve from 1 to beyond the last pin."""
        numbers = [number for knot in self.knots for number in knot]
        if len(self.knots) < len(PINS) or not all(math.isfinite(number) for number in numbers):
            raise ValueError("a calibration needs finite knots, more than there are pins")
        for (score, rate), (next_score, next_rate) in itertools.pairwise(self.knots):
            if not (score < next_score and rate > next_rate):
                raise ValueError("calibration knots must rise in score and fall in false-match rate")
        if self.knots[0][1] != 0.0 or self.knots[-1][1] >= min(math.log10(float(rate)) for rate in PINS):
            raise ValueError("calibration knots must reach from a false-match rate of 1 to beyond the last pin")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From a parsed `calibration.json`.

        Raises:
            ValueError: it is not a calibration.
        """
        try:
            knots = tuple((float(score), float(log10_fmr)) for score, log10_fmr in data["knots"])
            pack, doubtful = str(data["pack"]), data.get("doubtful")
            doubt = None if doubtful is None else Doubt.from_dict(doubtful)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError("not a calibration: pack, knots or doubtful are missing or malformed") from error
        return cls(pack, knots, doubt)

    def log10_fmr(self, score: float) -> float:
        """Logarithm of the false-match rate at a score; 0 (rate 1) when the score is not a number."""
        if math.isnan(score):
            return 0.0
        scores, rates = zip(*self.knots, strict=True)
        return float(np.interp(score, scores, rates))

    def fmr(self, score: float) -> float:
        """Share of strangers whose score is at least this, 0 to 1."""
        return math.pow(10.0, self.log10_fmr(score))

    def score_at(self, fmr: float) -> float:
        """The score at which strangers are falsely accepted at this rate."""
        scores, rates = zip(*self.knots, strict=True)
        return float(np.interp(-math.log10(fmr), [-rate for rate in rates], scores))

    def confidence(self, score: float) -> float:
        """0 (certainly a stranger) to 100 (the far end), through PINS; never falls as the score rises."""
        rates = [0.0, *(-math.log10(float(rate)) for rate in PINS), -self.knots[-1][1]]
        return float(np.interp(-self.log10_fmr(score), rates, [0.0, *PINS.values(), 100.0]))

    def required(self, fmr: str, *, doubtful: bool) -> float:
        """The score that a comparison needs at a false-match rate, one of the names in PINS."""
        general = self.score_at(float(fmr))
        return max(general, self.doubt.scores[fmr]) if doubtful and self.doubt else general

    def is_doubtful(self, probe: Quality, reference: Quality) -> bool:
        """Whether the quality of either face asks for stricter thresholds."""
        return self.doubt is not None and self.doubt.concerns(probe, reference)

    def thresholds(self, *, doubtful: bool = False) -> dict[str, float]:
        """The `thresholds` of a comparison: the confidence above which one stranger in so many is accepted."""
        if not doubtful:
            return dict(PINS)
        return {name: max(pin, self.confidence(self.required(name, doubtful=True))) for name, pin in PINS.items()}
