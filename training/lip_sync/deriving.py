"""Thresholds by budgets, and rates with intervals over the sentences that clips are made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.lip_sync.fitting import GENUINE
from training.lip_sync.material import FOLDS, SEED
from training.lip_sync.trials import Trial

BUDGETS = {"normal": 0.01, "strict": 0.04}
"""Genuine clips of this one speaker that each level may refuse, those of four digits and whole sentences counted alike.

Others will be refused more often: their mouths are foretold less well than the one that was fitted to.
"""
RESAMPLED = 1000
INTERVAL = (0.025, 0.975)

Column = NDArray[np.float64]
Thresholds = Callable[[int], float]
"""The threshold for the clips of a fold."""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """Trials and their scores, (n,)."""

    trials: Sequence[Trial]
    scores: Column

    def of(self, kind: str, pack: str | None = None) -> NDArray[np.int64]:
        """Places of the trials of a kind."""
        fitting = [it.kind == kind and pack in (None, it.pack) for it in self.trials]
        return np.flatnonzero(fitting)

    def kinds(self, *, genuine: bool) -> list[str]:
        """In the order of the trials."""
        return list(dict.fromkeys(it.kind for it in self.trials if it.genuine == genuine))

    def passed(self, places: NDArray[np.int64], threshold: Thresholds) -> NDArray[np.bool_]:
        """Which trials reach the threshold."""
        return np.array([self.scores[it] >= threshold(self.trials[it].fold) for it in places], np.bool_)

    def threshold(self, budget: float, without: int = -1) -> float:
        """The highest that refuses at most this share of genuine clips, both kinds alike, of all folds but one."""
        scores, weights = [], []
        for kind in GENUINE:
            chosen = [place for place in self.of(kind) if self.trials[place].fold != without]
            scores.append(self.scores[chosen])
            weights.append(np.full(len(chosen), 1 / len(chosen) / len(GENUINE)))
        values, shares = np.concatenate(scores), np.concatenate(weights)
        order = np.argsort(values)
        below = np.cumsum(shares[order]) - shares[order]  # what a threshold at each score refuses
        return float(values[order][below <= budget][-1])

    def held_out(self, budget: float) -> Thresholds:
        """For each fold the threshold of the other folds."""
        values = [self.threshold(budget, fold) for fold in range(FOLDS)]
        return lambda fold: values[fold]

    def rate(self, places: NDArray[np.int64], threshold: Thresholds) -> dict[str, float | int]:
        """Share that passes, with its interval; `intervals` says how it is drawn."""
        passed = self.passed(places, threshold).astype(np.float64)
        sources = sorted({source for place in places for source in self.trials[place].sources})
        made_of = np.array([[source in self.trials[place].sources for source in sources] for place in places])
        draw = np.random.default_rng(SEED)
        times = draw.multinomial(len(sources), np.full(len(sources), 1 / len(sources)), RESAMPLED)
        left_out = (times == 0).astype(np.float64) @ made_of.T > 0
        weights = np.where(left_out, 0, np.exp(np.log(np.maximum(times, 1)) @ made_of.T))
        totals = weights.sum(axis=1)
        rates = (weights @ passed)[totals > 0] / totals[totals > 0]
        low, high = np.quantile(rates, INTERVAL)
        share = float(passed.mean())
        if share in (0.0, 1.0):  # resampling shows nothing else then: the rule of three, over sentences
            beyond = min(1.0, 3 / len(sources))
            low, high = min(share, 1 - beyond), max(share, beyond)
        return {
            "trials": len(places),
            "passed": round(share, 4),
            "low": round(float(low), 4),
            "high": round(float(high), 4),
        }
