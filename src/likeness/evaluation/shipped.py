"""Which comparisons the server would call a match: the one place that knows the shipped thresholds."""

from dataclasses import dataclass

import numpy as np

from likeness.domain.confidence import DOUBT_MEASURE, Calibration
from likeness.domain.face import FloatArray
from likeness.evaluation.comparisons import Comparisons, Mask, Scores
from likeness.evaluation.rates import NOMINAL


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """The thresholds of a pack for the pictures at hand; quality (n, k), its columns named in quality_names."""

    calibration: Calibration
    quality: FloatArray
    quality_names: tuple[str, ...]

    def score(self, nominal: str) -> float:
        """The lowest score that matches at a nominal rate, given the best quality."""
        return self.calibration.score_at(NOMINAL[nominal])

    def required(self, pairs: Scores, nominal: str) -> FloatArray:
        """(m,): the score that each comparison needs; every picture's quality is known, for thresholds that heed it."""
        doubt = self.calibration.doubt
        if doubt is None:
            return np.full(len(pairs), self.score(nominal), np.float32)
        doubtful = self.quality[:, self.quality_names.index(DOUBT_MEASURE)] < doubt.below
        stricter = np.float32(self.calibration.required(nominal, doubtful=True))
        concerned = doubtful[pairs.first] | doubtful[pairs.second]
        return np.where(concerned, stricter, np.float32(self.score(nominal))).astype(np.float32)

    def refused(self, genuine: Scores) -> Mask:
        """(g, k): genuine comparisons that do not match, by nominal rate."""
        return np.column_stack([genuine.score < self.required(genuine, nominal) for nominal in NOMINAL])

    def matched(self, compared: Comparisons, nominal: str) -> Scores:
        """The impostor comparisons that match; all score above `compared.floor`, or there is no telling."""
        impostors = compared.impostors
        return impostors.chosen(impostors.score >= self.required(impostors, nominal))
