"""From a comparison score to the confidence clients compare with, by way of the calibrated false-match rate."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

PINS: dict[str, float] = {"1e-3": 65.3, "1e-4": 71.8, "1e-5": 76.5, "1e-6": 79.9}
"""Confidence at each false-match rate; the figures documented to clients, whatever model runs (docs/wire.md)."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the comparison scores of one pack turn into false-match rates and confidence.

    knots: (score, log10 of the false-match rate), score rising strictly, rate falling strictly from 1 (0.0) at the
    first knot to beyond 1e-6 at the last; between knots the logarithm is linear in the score.
    """

    pack: str
    knots: tuple[tuple[float, float], ...]

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
            pack = str(data["pack"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a calibration: pack or knots are missing or malformed") from error
        return cls(pack, knots)

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

    @staticmethod
    def thresholds() -> dict[str, float]:
        """The `thresholds` of a comparison: the confidence above which one stranger in so many is accepted."""
        return dict(PINS)
