"""Trained models as judges of material, and their calibration to honest log-odds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from likeness.models.attack_network import TEXTURE_PX
from likeness.models.replay_features import describe
from training.genuineness import export
from training.genuineness.calibrating import FloatVector, Scale, calibrate
from training.genuineness.material import Material
from training.genuineness.network import STRIDES, Network, evidence, folded
from training.genuineness.networks import FOLDS, sources_of, train_all
from training.genuineness.orders import ATTACKS, SIMULATED, Faces, held_out, of_part, tight
from training.genuineness.regression import Regression, features_of, fit
from training.genuineness.spectra import spectra


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """One detector: a network, for screens a regression too, the scale of both, and the raw evidence of live faces."""

    network: Network
    regression: Regression | None
    scale: Scale
    usual: FloatVector

    def raw(self, material: Material, work: Path) -> FloatVector:
        """(n, kinds) of evidence before it is scaled: texture, surroundings and, for screens, the regression's."""
        seen = evidence(self.network, material)
        if self.regression is None:
            return seen
        return np.column_stack([seen, self.regression.log_odds(features_of(material, work))])

    def scores(self, material: Material, work: Path) -> FloatVector:
        """(n,), 0 to 1."""
        return np.asarray(1 / (1 + np.exp(-self.scale.log_odds(self.raw(material, work)))))

    def files(self, name: str) -> dict[str, bytes]:
        """The networks that `likeness.models.genuineness` runs, by file name.

        Each kind of evidence is centred on what it says of live faces, so that the one named as the reason is the one
        that is most unlike them; what is left of the log-odds is shared out evenly.
        """
        factors, usual = self.scale.factors, self.scale.factors * self.usual
        shift = (self.scale.offset + usual.sum()) / len(usual) - usual
        views = [folded(self.network.texture), folded(self.network.surroundings)]
        for factor, moved, layers in zip(factors, shift, views, strict=False):
            weight, bias = layers[-1]
            layers[-1] = (weight * np.float32(factor), bias * np.float32(factor) + np.float32(moved))
        out = {f"{name}.onnx": export.network(views[0], views[1], STRIDES)}
        if self.regression:
            groups = {group: len(it) for group, it in describe(np.zeros((TEXTURE_PX, TEXTURE_PX, 3), np.uint8)).items()}
            scaled = self.regression.scaled(float(factors[2]))
            out["replay.onnx"] = export.regression(replace(scaled, bias=scaled.bias + float(shift[2])), groups)
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Judges:
    """detectors: by name. unseen: by replay source, a judge of screens that never saw anything of it."""

    detectors: Mapping[str, Judge]
    unseen: Mapping[str, Judge]


def judges(faces: Faces, work: Path) -> Judges:
    """Train whatever is not in `work` yet, and calibrate on the people of the tuning part."""
    networks = train_all(faces, work)
    real = spectra((*of_part(faces.portraits, "fit"), *faces.crops), work)
    none = Scale(np.empty(0), 0.0), np.empty(0)
    unscaled = {name: Judge(networks[name], None, *none) for name in ATTACKS}
    unscaled["screen"] = Judge(networks["screen"], fit(real), *none)
    unseen = {}
    for fold in range(FOLDS):
        for source in sources_of(faces, fold):
            unseen[source] = Judge(networks[f"screen-{fold}"], fit(real.without(source)), *none)
    crops = [(judge, crop) for source, judge in unseen.items() for crop in tight(faces, [source], work).values()]
    tune = held_out(faces, "tune", work)
    others = [material for name, material in tune.items() if name not in SIMULATED]
    made = {
        name: _calibrated(
            name,
            judge,
            [(judge, it) for it in others]
            + (crops if name == "screen" else [(judge, tune[name])] if name in tune else []),
            work,
        )
        for name, judge in unscaled.items()
    }
    screen = made["screen"]
    return Judges(made, {source: replace(it, scale=screen.scale, usual=screen.usual) for source, it in unseen.items()})


def _calibrated(name: str, judge: Judge, seen: list[tuple[Judge, Material]], work: Path) -> Judge:
    """Scaled by held-out people or, for screens, by sources held out, of which there are real ones.

    Simulated screens are left out of it: the surroundings' word on them does not carry over to real ones.
    """
    raw = np.concatenate([it.raw(material, work) for it, material in seen])
    labels = np.concatenate([material.label for _, material in seen])
    sources = np.concatenate([material.source for _, material in seen])
    own = labels == name
    chosen = own | np.isin(labels, ("live", "cloth"))
    raw, own, sources = raw[chosen], own[chosen], sources[chosen]
    weights = np.zeros(len(own))
    for kind in (False, True):
        for source in np.unique(sources[own == kind]):
            group = (sources == source) & (own == kind)
            weights[group] = len(own) / group.sum()
        weights[own == kind] *= len(own) / 2 / weights[own == kind].sum()
    return replace(judge, scale=calibrate(raw, own, weights), usual=raw[~own].mean(axis=0))
