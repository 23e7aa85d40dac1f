"""The regression itself: fitted, cross-validated over sources, calibrated and written as a network."""

from dataclasses import dataclass, replace

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sklearn.linear_model import LogisticRegression

from likeness.domain.face import FloatArray
from training.genuineness.samples import SEED, Samples

PENALTY = 0.1
"""C of scikit-learn: .03 to .3 differ by less than .01 AUC in cross-validation over sources."""
CLIP = 3.0
"""Standardised features are cut here, so that no single odd one decides."""
PORTRAIT_SHARE = 1.5
"""Weight of a portrait set against a replay source."""

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """weight: (features,), in log-odds per standard deviation; mean, deviation: (features,), of the training faces."""

    mean: FloatVector
    deviation: FloatVector
    weight: FloatVector
    bias: float

    def contributions(self, features: FloatArray) -> FloatVector:
        """Log-odds each feature adds: (..., features)."""
        return np.clip((features - self.mean) / self.deviation, -CLIP, CLIP) * self.weight

    def logit(self, features: FloatArray) -> FloatVector:
        """Log-odds of an attack: (...,)."""
        return np.asarray(self.contributions(features).sum(axis=-1) + self.bias)

    def calibrated(self, slope: float, offset: float) -> "Regression":
        """The same, its log-odds times `slope` plus `offset`."""
        return replace(self, weight=self.weight * slope, bias=self.bias * slope + offset)


def balance(samples: Samples, chosen: NDArray[np.intp]) -> FloatVector:
    """Weights under which every source counts alike within its kind, and both kinds alike; their mean is 1."""
    weights = np.zeros(len(chosen))
    source, attack = samples.source[chosen], samples.attack[chosen]
    for name in np.unique(source):
        for kind in (False, True):
            group = (source == name) & (attack == kind)
            if group.any():
                weights[group] = (PORTRAIT_SHARE if samples.portrait[chosen[group][0]] else 1.0) / group.sum()
    for kind in (False, True):
        weights[attack == kind] /= weights[attack == kind].sum()
    return weights * len(chosen) / 2


def fit(samples: Samples, chosen: NDArray[np.intp]) -> Regression:
    """Fit on every version of the chosen faces."""
    features = np.concatenate(list(samples.features[chosen].astype(np.float64).transpose(1, 0, 2)))
    versions = samples.features.shape[1]
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    standardised = np.clip((features - mean) / deviation, -CLIP, CLIP)
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    weights = np.tile(balance(samples, chosen), versions) / versions
    model.fit(standardised, np.tile(samples.attack[chosen], versions), sample_weight=weights)
    return Regression(mean, deviation, model.coef_[0], float(model.intercept_[0]))


def held_out_logits(samples: Samples) -> FloatVector:
    """Log-odds of every face as it is and once re-encoded, (n, 2), from models that saw neither source nor person."""
    logits = np.zeros((len(samples.attack), 2))
    sources = np.unique(samples.source[~samples.portrait])
    people = np.random.default_rng(SEED).permutation(np.unique(samples.person[samples.portrait]))
    for fold, source in enumerate(sources):
        held = samples.source == source
        held |= samples.portrait & np.isin(samples.person, people[fold :: len(sources)])
        model = fit(samples, np.flatnonzero(~held))
        logits[held] = model.logit(samples.features[held, :2])
    return logits


def calibrate(samples: Samples, logits: FloatVector) -> tuple[float, float]:
    """Slope and offset that make held-out log-odds honest, when live and attack are equally likely (Platt)."""
    chosen = np.arange(len(samples.attack))
    weights = np.tile(balance(samples, chosen), 2)
    model = LogisticRegression(C=1e6).fit(logits.T.reshape(-1, 1), np.tile(samples.attack, 2), sample_weight=weights)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def to_onnx(model: Regression, groups: dict[str, int]) -> bytes:
    """The network of `models.genuineness.ReplayDetector`; `groups`: features in each group, in order."""
    membership = np.repeat(np.eye(len(groups), dtype=np.float32), list(groups.values()), axis=0)
    constants = {
        "mean": model.mean,
        "deviation": model.deviation,
        "low": np.array(-CLIP),
        "high": np.array(CLIP),
        "weight": model.weight,
        "membership": membership,
        "bias": np.array([model.bias]),
        "axis": np.array([0], np.int64),
    }
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "deviation"], ["scaled"]),
        helper.make_node("Clip", ["scaled", "low", "high"], ["cut"]),
        helper.make_node("Mul", ["cut", "weight"], ["contributions"]),
        helper.make_node("MatMul", ["contributions", "membership"], ["groups"]),
        helper.make_node("ReduceSum", ["contributions", "axis"], ["sum"]),
        helper.make_node("Add", ["sum", "bias"], ["logit"]),
        helper.make_node("Sigmoid", ["logit"], ["score"]),
        helper.make_node("Concat", ["score", "groups"], ["result"], axis=0),
    ]
    initializers = [
        numpy_helper.from_array(value if value.dtype == np.int64 else value.astype(np.float32), name)
        for name, value in constants.items()
    ]
    graph = helper.make_graph(
        nodes,
        "replay",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [len(model.weight)])],
        [helper.make_tensor_value_info("result", TensorProto.FLOAT, [1 + len(groups)])],
        initializers,
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    return bytes(network.SerializeToString())
