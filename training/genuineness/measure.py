"""Error rates in the terms of ISO/IEC 30107-3, with bootstrap intervals over sources or people."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from training.genuineness.calibrating import Bools, FloatVector
from training.genuineness.material import SEED, Material

DRAWS = 1000
"""Bootstrap draws; intervals are 95 %."""

RULE_OF_THREE = 3
"""Over n, the upper end of the 95 % interval of a rate of which n independent units showed nothing."""

Scores = Mapping[str, FloatVector]
"""Of one set of faces, by detector: (n,) each."""


def share(chosen: Bools, units: NDArray[np.str_]) -> dict[str, Any]:
    """The share of faces chosen, units (people or sources) counting alike, and its interval by drawing units anew."""
    rates = np.array([chosen[units == unit].mean() for unit in np.unique(units)])
    draws = np.random.default_rng(SEED).integers(len(rates), size=(DRAWS, len(rates)))
    low, high = np.quantile(rates[draws].mean(axis=1), (0.025, 0.975))
    # Where nothing was seen, or nothing else, drawing anew shows no doubt: the rule of three does.
    doubt = min(1.0, RULE_OF_THREE / len(rates))
    low = min(low, 1 - doubt) if rates.min() == 1 else low
    high = max(high, doubt) if rates.max() == 0 else high
    return {
        "rate": round(float(rates.mean()), 4),
        "interval": [round(float(low), 4), round(float(high), 4)],
        "faces": len(chosen),
        "units": len(rates),
    }


def believed(scores: Scores, limits: Mapping[str, Mapping[str, float]], level: str) -> dict[str, Bools]:
    """Which faces each detector takes for an attack at a level, and under `any`, at least one of the project's own."""
    each = {name: values >= limits[name][level] for name, values in scores.items()}
    own = [found for name, found in each.items() if name != "minifasnet"]
    return {**each, "any": np.logical_or.reduce(own)}


def errors(
    scores: Scores, units: NDArray[np.str_], limits: Mapping[str, Mapping[str, float]], *, attack: bool
) -> dict[str, Any]:
    """By level and detector: APCER (attacks that it lets pass) or BPCER (bona fide faces that it refuses)."""
    levels = next(iter(limits.values()))
    return {
        level: {
            name: share(~found if attack else found, units) for name, found in believed(scores, limits, level).items()
        }
        for level in levels
    }


def auc(attacks: FloatVector, bona_fide: FloatVector) -> float:
    """Area under the ROC curve: how often an attack scores over a bona fide face."""
    truth = np.repeat([True, False], [len(attacks), len(bona_fide)])
    return round(float(roc_auc_score(truth, np.concatenate([attacks, bona_fide]))), 4)


def by_source(material: Material, values: FloatVector) -> dict[str, FloatVector]:
    """The values of each source's faces."""
    return {str(name): values[material.source == name] for name in np.unique(material.source)}
