"""Which comparisons the server would call a match: the one place that knows the shipped thresholds."""

from dataclasses import dataclass

import numpy as np

from likeness.domain.confidence import DOUBT_MEASURE, Calibration
from likeness.domain.face import FloatArray
from likeness.evaluation.comparisons import Comparisons, Mask, Scores, total_weight
from likeness.evaluation.rates import NOMINAL
from likeness.evaluation.results import Doubtful


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
        pictures = self._doubtful_pictures()
        stricter = np.float32(self.calibration.required(nominal, doubtful=True))
        concerned = pictures[pairs.first] | pictures[pairs.second]
        return np.where(concerned, stricter, np.float32(self.score(nominal))).astype(np.float32)

    def doubtful(self, compared: Comparisons) -> Doubtful | None:
        """What the stricter thresholds concern; None where the calibration has none."""
        doubt = self.calibration.doubt
        if doubt is None:
            return None
        pictures, genuine, impostors = self._doubtful_pictures(), compared.genuine, compared.impostors
        if compared.listed:
            strangers = int((pictures[impostors.first] | pictures[impostors.second]).sum())
        else:
            good = np.bincount(compared.person[~pictures], minlength=len(compared.size))
            strangers = compared.impostor_count - round(total_weight(good.astype(np.float64)))
        return Doubtful(
            measure=DOUBT_MEASURE,
            below=doubt.below,
            scores={nominal: self.calibration.required(nominal, doubtful=True) for nominal in NOMINAL},
            pictures=int(pictures.sum()),
            genuine=int((pictures[genuine.first] | pictures[genuine.second]).sum()),
            impostors=strangers,
        )

    def _doubtful_pictures(self) -> Mask:
        """(n,): none where the calibration has no thresholds for them."""
        doubt = self.calibration.doubt
        if doubt is None:
            return np.zeros(len(self.quality), np.bool_)
        return np.asarray(~(self.quality[:, self.quality_names.index(DOUBT_MEASURE)] >= doubt.below))

    def refused(self, genuine: Scores) -> Mask:
        """(g, k): genuine comparisons that do not match, by nominal rate."""
        return np.column_stack([genuine.score < self.required(genuine, nominal) for nominal in NOMINAL])

    def matched(self, compared: Comparisons, nominal: str) -> Scores:
        """The impostor comparisons that match; all score above `compared.floor`, or there is no telling."""
        impostors = compared.impostors
        return impostors.chosen(impostors.score >= self.required(impostors, nominal))
