"""The regression on spectrum, moire and colour that helps to tell screens, fitted to real ones alone.

Simulated screens, which help the networks, made it worse on sources that it had not seen.
"""

import hashlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from likeness.domain.face import FloatArray
from likeness.models import replay_features
from likeness.models.replay_features import describe
from training.genuineness.material import Material
from training.genuineness.spectra import Spectra
from training.genuineness.weighting import PORTRAITS

PENALTY = 0.1
"""C of scikit-learn; chosen by cross-validation over sources, where its neighbours by a factor of three do as well."""
PORTRAIT_SHARE = 1.5
"""Weight of a set of portraits against a replay source."""
CLIP = 3.0
"""Standardised features are cut here, so that no single odd one decides."""

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """weight: (features,), in log-odds per standard deviation; mean, deviation: (features,), of the training faces."""

    mean: FloatVector
    deviation: FloatVector
    weight: FloatVector
    bias: float

    def log_odds(self, features: FloatArray) -> FloatVector:
        """Log-odds of an attack: (...,)."""
        cut = np.clip((features - self.mean) / self.deviation, -CLIP, CLIP)
        return np.asarray((cut * self.weight).sum(axis=-1) + self.bias)

    def scaled(self, slope: float) -> "Regression":
        """The same with its log-odds times `slope`."""
        return replace(self, weight=self.weight * slope, bias=self.bias * slope)


def features_of(material: Material, work: Path) -> FloatArray:
    """(n, features) of every face, on all cores; kept in `work`."""
    digest = hashlib.sha256(Path(str(replay_features.__file__)).read_bytes())
    digest.update(np.ascontiguousarray(material.texture).tobytes())
    kept = work / f"features-{digest.hexdigest()[:12]}.npy"
    if not kept.exists():
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(_described, material.texture, chunksize=64))
        unfinished = kept.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.save(file, np.stack(rows))
        unfinished.rename(kept)
    return np.asarray(np.load(kept), np.float32)


def _described(texture: "NDArray[np.uint8]") -> FloatArray:
    return np.concatenate(list(describe(texture).values()))


def fit(spectra: Spectra) -> Regression:
    """Fit on every version of every face; sources count alike within their kind, and both kinds alike."""
    versions = spectra.features.shape[1]
    features = spectra.features.astype(np.float64).transpose(1, 0, 2).reshape(-1, spectra.features.shape[2])
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    standardised = np.clip((features - mean) / deviation, -CLIP, CLIP)
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    model.fit(standardised, np.tile(spectra.attack, versions), sample_weight=np.tile(_weights(spectra), versions))
    return Regression(mean, deviation, model.coef_[0], float(model.intercept_[0]))


def _weights(spectra: Spectra) -> FloatVector:
    weights = np.zeros(len(spectra.attack))
    for kind in (False, True):
        of_kind = spectra.attack == kind
        for source in np.unique(spectra.source[of_kind]):
            group = (spectra.source == source) & of_kind
            weights[group] = (PORTRAIT_SHARE if source in PORTRAITS else 1.0) / group.sum()
        weights[of_kind] *= len(weights) / 2 / weights[of_kind].sum()
    return np.asarray(weights / spectra.features.shape[1], np.float64)
