"""From a model's raw evidence to honest log-odds, and from these to thresholds at a stated budget."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

FloatVector = NDArray[np.float64]
Bools = NDArray[np.bool_]

BUDGETS: dict[str, dict[str, float]] = {
    "relaxed": {"screen": 0.004, "minifasnet": 0.0025, "print": 0.001, "cutout": 0.001, "generated": 0.0015},
    "normal": {"screen": 0.02, "minifasnet": 0.0125, "print": 0.005, "cutout": 0.005, "generated": 0.0075},
    "strict": {"screen": 0.04, "minifasnet": 0.025, "print": 0.01, "cutout": 0.01, "generated": 0.015},
    "strictest": {"screen": 0.08, "minifasnet": 0.05, "print": 0.02, "cutout": 0.02, "generated": 0.03},
}
"""Share of any bona fide set that a detector may refuse, by level: 1, 5, 10 and 20 % for all of them together.

Screens get most, as they are the attack that is met most and told worst.
"""
CROPS_SHARE = 2.5
"""The budget of live crops over that of a set of people: few people at odd places, judged by networks that lack a third
of the sources."""


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """Log-odds are the sum of the evidence, each kind times its factor, and an offset."""

    factors: FloatVector
    offset: float

    def log_odds(self, evidence: FloatVector) -> FloatVector:
        """(n,) of (n, kinds)."""
        return np.asarray(evidence @ self.factors + self.offset)


def calibrate(evidence: FloatVector, attack: Bools, weights: FloatVector) -> Scale:
    """The scale that makes held-out evidence honest log-odds where live and attack are equally likely (Platt).

    Evidence that speaks the wrong way among the held-out faces is left out.

    Raises:
        ValueError: all of it does.
    """
    used = np.ones(evidence.shape[1], bool)
    while True:
        model = LogisticRegression(C=1e3, max_iter=1000).fit(evidence[:, used], attack, sample_weight=weights)
        factors = np.zeros(evidence.shape[1])
        factors[used] = model.coef_[0]
        if factors.max() <= 0:
            raise ValueError("no evidence speaks for attacks among the held-out faces")
        if factors.min() >= 0:
            return Scale(factors, float(model.intercept_[0]))
        used &= factors > 0


def threshold_at(scores: FloatVector, budget: float) -> float:
    """The least score, on five digits, at or above which at most the budget of a bona fide set lies.

    Of n faces floor(budget * n) may be refused, so of a small set none.
    """
    first_to_pass = np.sort(scores)[::-1][min(int(budget * len(scores)), len(scores) - 1)]
    return float((np.floor(first_to_pass * 1e5) + 1) / 1e5)
