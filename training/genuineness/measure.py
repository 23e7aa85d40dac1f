"""Error rates in the terms of ISO/IEC 30107-3, with bootstrap intervals over sources or people."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.genuineness.regression import FloatVector
from training.genuineness.samples import PORTRAITS, SEED, Samples

DRAWS = 1000
"""Bootstrap draws; intervals are 95 %."""
VERSIONS = ("as it is", "re-encoded")

Bools = NDArray[np.bool_]


def interval(units: NDArray[np.float64]) -> list[float]:
    """95 % interval of the mean of per-unit rates, by drawing units anew."""
    chance = np.random.default_rng(SEED)
    means = units[chance.integers(len(units), size=(DRAWS, len(units)))].mean(axis=1)
    return [round(float(edge), 3) for edge in np.quantile(means, (0.025, 0.975))]


def rate(units: NDArray[np.float64]) -> dict[str, Any]:
    """Mean of per-unit rates and its interval."""
    return {"mean": round(float(units.mean()), 3), "interval": interval(units), "units": len(units)}


def threshold_at(samples: Samples, scores: FloatVector, budget: float) -> float:
    """The least score at which every bona fide set loses at most `budget`, re-encoded or not.

    The sets: LFW, CFP, London, and the live faces of all replay sources, these counting alike.
    """
    limits = []
    for version in range(scores.shape[1]):
        for name in PORTRAITS:
            chosen = scores[samples.source == name, version]
            limits.append(weighted_quantile(chosen, np.ones(len(chosen)), 1 - budget))
        live = ~samples.portrait & ~samples.attack
        _, where, count = np.unique(samples.source[live], return_inverse=True, return_counts=True)
        limits.append(weighted_quantile(scores[live, version], 1 / count[where], 1 - budget))
    return float(max(limits))


def weighted_quantile(values: FloatVector, weights: FloatVector, share: float) -> float:
    """The least value above which at most 1 - share of the weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(below, share)), len(values) - 1)])


def report(samples: Samples, scores: FloatVector, thresholds: dict[str, float]) -> dict[str, Any]:
    """Ranking and errors of held-out scores, (n, 2), faces as they are and once re-encoded."""
    return {
        version: {
            "auc": _auc(samples, scores[:, column]),
            **{name: _errors(samples, scores[:, column] >= limit) for name, limit in thresholds.items()},
        }
        for column, version in enumerate(VERSIONS)
    }


def _auc(samples: Samples, scores: FloatVector) -> dict[str, Any]:
    """Area under the ROC curve over the replay sources: of all frames together, and within each source."""
    chosen = ~samples.portrait
    each = {}
    for name in np.unique(samples.source[samples.attack]):
        group = samples.source == name
        each[str(name)] = float(roc_auc_score(samples.attack[group], scores[group]))
    return {
        "frames": round(float(roc_auc_score(samples.attack[chosen], scores[chosen])), 3),
        "within_source": rate(np.array(list(each.values()))),
        "by_source": {name: round(value, 3) for name, value in each.items()},
    }


def _errors(samples: Samples, refused: Bools) -> dict[str, Any]:
    """APCER and BPCER by source, the portraits' BPCER by set."""
    missed, lost = {}, {}
    for name in np.unique(samples.source[~samples.portrait]):
        attack = (samples.source == name) & samples.attack
        live = (samples.source == name) & ~samples.attack
        if attack.any():
            missed[str(name)] = float(np.mean(~refused[attack]))
        lost[str(name)] = float(np.mean(refused[live]))
    return {
        "apcer": rate(np.array(list(missed.values()))),
        "bpcer": rate(np.array(list(lost.values()))),
        "apcer_by_source": {name: round(value, 3) for name, value in missed.items()},
        "bpcer_by_source": {name: round(value, 3) for name, value in lost.items()},
        "bpcer_portraits": {name: rate(_by_person(samples, refused, name)) for name in PORTRAITS},
    }


def _by_person(samples: Samples, refused: Bools, data_set: str) -> NDArray[np.float64]:
    """Share of each person's portraits refused."""
    chosen = samples.source == data_set
    people = samples.person[chosen]
    return np.array([refused[chosen][people == person].mean() for person in np.unique(people)])
