"""Scores of everything held out, and the report made of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from likeness.models.genuineness import to_log_odds, to_score
from training.genuineness.calibrating import BUDGETS, CROPS_SHARE, FloatVector, threshold_at
from training.genuineness.judging import Judges
from training.genuineness.material import Material
from training.genuineness.measure import Scores, auc, by_source, errors
from training.genuineness.orders import ATTACKS, Faces, held_out, independent, of_part, tight
from training.genuineness.second_opinion import second_opinion

Held = dict[str, tuple[Material, Scores]]
"""Faces and their scores by what was done to them."""

VERSIONS = ("plain", "filmed", "cloth")


def scored(judges: Judges, materials: Mapping[str, Material], work: Path) -> Held:
    """Every material under every detector."""
    return {
        name: (material, {label: judge.scores(material, work) for label, judge in judges.detectors.items()})
        for name, material in materials.items()
    }


def crops_scored(judges: Judges, faces: Faces, work: Path) -> Held:
    """Tight crops, by judges of screens that never saw their sources; the other detectors saw the live ones."""
    parts: dict[str, list[tuple[Material, FloatVector]]] = {}
    for source, judge in judges.unseen.items():
        for name, material in tight(faces, [source], work).items():
            parts.setdefault(name, []).append((material, judge.scores(material, work)))
    return {
        name: (Material.joined([it for it, _ in each]), {"screen": np.concatenate([scores for _, scores in each])})
        for name, each in parts.items()
    }


def with_second_opinion(held: Held, faces: Faces, part: str, models: Path, work: Path) -> Held:
    """The same with the scores of pack mobile's second opinion on the portraits as they are; see `SecondOpinion`."""
    material, scores = held["plain"]
    second = second_opinion(of_part(faces.portraits, part), part, models, work)
    pairs = zip(scores["screen"], second, strict=True)
    both = np.array([to_score(to_log_odds(own) + to_log_odds(other)) for own, other in pairs])
    return {**held, "plain": (material, {**scores, "minifasnet": both})}


def bona_fide_sets(held: Held, crops: Held, detector: str) -> dict[str, tuple[FloatVector, float]]:
    """Scores of a detector on the bona fide faces of each set, and how much of its budget each is granted."""
    sets: dict[str, tuple[FloatVector, float]] = {}
    for version in ("plain", "cloth"):
        material, scores = held[version]
        if detector in scores:
            for source, each in by_source(material, scores[detector]).items():
                sets[f"{source} {version}"] = each, 1.0
    if detector == "screen":
        material, scores = crops["crops plain"]
        sets["live crops plain"] = scores["screen"][material.label == "live"], CROPS_SHARE
    return sets


def thresholds(tune: Held, crops: Held) -> dict[str, Any]:
    """Threshold of each detector at each level, beside its budget and what it costs the people it was derived on."""
    out: dict[str, Any] = {}
    for name in (*ATTACKS, "minifasnet"):
        sets = bona_fide_sets(tune, crops, name)
        out[name] = {
            level: {
                "value": value,
                "budget": f"at most {100 * budgets[name]:g} % of any bona fide set refused",
                "bpcer": {of: round(float(np.mean(scores >= value)), 4) for of, (scores, _) in sets.items()},
            }
            for level, budgets in BUDGETS.items()
            for value in [max(threshold_at(scores, granted * budgets[name]) for scores, granted in sets.values())]
        }
    return out


def report(
    judges: Judges, faces: Faces, limits: Mapping[str, Mapping[str, float]], models: Path, work: Path
) -> dict[str, Any]:
    """Ranking and errors on the people reported on, of attacks by both simulators, and on sources held out."""
    held = with_second_opinion(scored(judges, held_out(faces, "report", work), work), faces, "report", models, work)
    others = scored(judges, independent(faces, work), work)
    crops = crops_scored(judges, faces, work)
    live = {name: np.concatenate([held[version][1][name] for version in ("plain", "filmed")]) for name in ATTACKS}
    attacks: dict[str, Any] = {}
    for kind, simulated in (("simulated", held), ("second simulator", others)):
        for name in ATTACKS:
            if name not in simulated:
                continue
            material, scores = simulated[name]
            attacks[f"{name}, {kind}"] = {
                "auc": auc(scores[name], live[name]),
                "apcer": errors(scores, material.person, limits, attack=True),
            }
    return {
        "bona_fide": _bona_fide(held, limits),
        "attacks": {**attacks, **_generated(held, limits), **_crops(crops, limits)},
    }


def _bona_fide(held: Held, limits: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """BPCER of each set on its own."""
    out: dict[str, Any] = {}
    for version in VERSIONS:
        material, scores = held[version]
        for source in np.unique(material.source):
            chosen = material.source == source
            of_set = {name: values[chosen] for name, values in scores.items()}
            out[f"{source} {version}"] = errors(of_set, material.person[chosen], limits, attack=False)
    return out


def _generated(held: Held, limits: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Generated faces against the camera's photographs, both filmed."""
    material, scores = held["synthetic"]
    generated = material.label == "generated"
    return {
        "generated, StyleGAN against camera": {
            "auc": auc(scores["generated"][generated], scores["generated"][~generated]),
            "apcer": errors(
                {k: v[generated] for k, v in scores.items()}, material.person[generated], limits, attack=True
            ),
            "bpcer": errors(
                {k: v[~generated] for k, v in scores.items()}, material.person[~generated], limits, attack=False
            ),
        }
    }


def _crops(crops: Held, limits: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """Tight crops of real screens and live people, by detectors that saw nothing of their source."""
    out: dict[str, Any] = {}
    for name, (material, scores) in crops.items():
        screen = material.label == "screen"
        of_each = {
            str(source): auc(scores["screen"][screen & here], scores["screen"][~screen & here])
            for source in np.unique(material.source[screen])
            for here in [material.source == source]
        }
        out[f"screen, {name}"] = {
            "auc": auc(scores["screen"][screen], scores["screen"][~screen]),
            "auc_by_source": of_each,
            "apcer": errors({"screen": scores["screen"][screen]}, material.source[screen], limits, attack=True),
            "bpcer": errors({"screen": scores["screen"][~screen]}, material.source[~screen], limits, attack=False),
        }
    return out
