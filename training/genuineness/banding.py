"""Train and measure the weak evidence of a screen in rolling bands of a clip's rows; write network and report.

Reads `grid/s1/*.mpg`, portraits of LFW, CFP and London, and `clips/` (for the report only). Seeded; about four minutes
on one core. Two runs differ all the same, by up to .004 in AUC, as libx264 does not compress quite alike each time.

Clips are filmed, lit, turned, compressed and decoded alike for both classes; an attack is such a clip, or such a
portrait, on a simulated screen, so what the clip itself trembles and flickers is in it as well. GRID shows one speaker,
so its clips are split but its person is not.

The screens of the second simulator are not told from live clips at all, and live clips held by hand look more like
screens than those held still: this can be weak evidence at most, only ever for a screen, and `likeness.models.banding`
bounds it accordingly.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from likeness.domain.face import FloatArray
from likeness.models.banding import EVIDENCE_MAX, describe
from likeness.pipeline.clip import decode_clip
from training.genuineness.banding_clips import Made, Source, film, grid, portraits
from training.genuineness.export import regression
from training.genuineness.independent import screen as independent
from training.genuineness.material import SEED
from training.genuineness.measure import auc
from training.genuineness.regression import CLIP, FloatVector, Regression
from training.genuineness.simulate import display

COMMAND = "python -m training.genuineness.banding --data DIR"
NETWORK = Path(__file__).parents[2] / "src" / "likeness" / "genuineness" / "banding.onnx"
REPORT = Path(__file__).parent / "banding_report.json"

DRAWS = 4
"""Clips of each class made of one second of GRID; of a portrait it is one."""
SECOND_CLIPS = 12
"""Held-out clips of each source through the second simulator, whose frames are large and slow to make."""
PENALTY = 1.0
"""C of scikit-learn: over the fitted clips, files and people left out in turn, 1 and 10 rank at AUC .80, .01 at .77."""
FEATURES = ("amplitude", "share of the strongest", "over the other side", "amplitude of cells")
"""In the order of `describe`."""


def main() -> None:
    """Make clips, fit, write the network and the report."""
    parser = argparse.ArgumentParser(prog="python -m training.genuineness.banding", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with grid, lfw, cfp, london, clips")
    data = parser.parse_args().data
    found = [*grid(data), *portraits(data)]
    made = list(_first(found))
    model = fit([it for it in made if it.source.fitted])
    NETWORK.write_bytes(regression(model, {"banding": len(FEATURES)}))
    held = [it for it in made if not it.source.fitted]
    live = [it for it in held if not it.attack]
    second = list(_second(found))
    result = {
        "command": COMMAND,
        "evidence_at_most": EVIDENCE_MAX,
        "clips": {"fitted": _counts(it for it in made if it.source.fitted), "held_out": _counts(held)},
        "weights": dict(zip(FEATURES, np.round(model.weight, 3).tolist(), strict=True)),
        "first_simulator": separation(model, [it for it in held if it.attack], live),
        "second_simulator": separation(model, second, live),
        "live_against_live": controls(model, live),
        "untouched": untouched(model, data),
    }
    REPORT.write_text(json.dumps(result, indent=1) + "\n")
    json.dump(result, sys.stdout, indent=1)
    print()


def fit(made: Sequence[Made]) -> Regression:
    """Fit the regression; both sources and classes count alike.

    There is no intercept: a clip that is as the mean one says nothing.
    """
    features = _features(made).astype(np.float64)
    groups = [(it.source.name, it.attack) for it in made]
    weights = np.array([len(made) / groups.count(group) / 4 for group in groups])
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-6
    standardised = np.clip((features - mean) / deviation, -CLIP, CLIP)
    model = LogisticRegression(C=PENALTY, fit_intercept=False)
    model.fit(standardised, [it.attack for it in made], sample_weight=weights)
    return Regression(mean, deviation, model.coef_[0], 0.0)


def evidence(model: Regression, features: FloatArray) -> FloatVector:
    """(n,): what is added, bounded as the server bounds it, of features (n, features)."""
    return np.asarray(np.clip(model.log_odds(features), 0.0, EVIDENCE_MAX))


def separation(model: Regression, attacks: Sequence[Made], live: Sequence[Made]) -> dict[str, Any]:
    """How well attacks are told from live clips by the log-odds without bound, and what is said of both."""
    of_attacks, of_live = _features(attacks), _features(live)
    each = zip(of_attacks.T, of_live.T, strict=True)
    said = {"attack": evidence(model, of_attacks), "live": evidence(model, of_live)}
    return {
        "clips": {"attack": len(attacks), "live": len(live)},
        "auc": auc(model.log_odds(of_attacks), model.log_odds(of_live)),
        "auc_by_source": {
            name: auc(
                model.log_odds(_features([it for it in attacks if it.source.name == name])),
                model.log_odds(_features([it for it in live if it.source.name == name])),
            )
            for name in ("GRID", "portraits")
        },
        "auc_by_feature": {name: auc(*columns) for name, columns in zip(FEATURES, each, strict=True)},
        "mean_evidence": {name: round(float(it.mean()), 3) for name, it in said.items()},
        "share_with_evidence": {name: round(float((it > 0).mean()), 3) for name, it in said.items()},
    }


def controls(model: Regression, live: Sequence[Made]) -> dict[str, float]:
    """AUC between bona fide clips: .5 were best, over it the first ones look more like a screen than the others."""

    def told(first: Sequence[bool]) -> float:
        odds = model.log_odds(_features(live))
        chosen = np.array(first)
        return auc(odds[chosen], odds[~chosen])

    return {
        "held by hand, against still": told([it.by_hand for it in live]),
        "lit by a lamp, against daylight": told([it.by_lamp for it in live]),
        "portraits, against GRID": told([it.source.name == "portraits" for it in live]),
    }


def untouched(model: Regression, data: Path) -> dict[str, dict[str, float]]:
    """Evidence on real clips on which nothing was fitted; GRID's, as they are, together."""
    clips = {path.name: [path] for path in sorted((data / "clips").glob("*"))}
    clips["grid, as recorded"] = sorted(data.glob("grid/s1/*.mpg"))
    result = {}
    for name, paths in clips.items():
        series = [decode_clip(path.read_bytes(), any_duration=True).series for path in paths]
        features = np.stack([describe(it)["banding"] for it in series if it is not None])
        result[name] = {
            "banding": round(float(evidence(model, features).mean()), 3),
            "log_odds_without_bound": round(float(model.log_odds(features).mean()), 3),
        }
    return result


def _first(sources: list[Source]) -> Iterator[Made]:
    for place, source in enumerate(track(sources, description="clips ")):
        for draw in range(DRAWS if source.name == "GRID" else 1):
            for attack in (False, True):
                chance = np.random.default_rng([SEED, place, draw, attack])
                yield film(source, display.screen if attack else None, chance)


def _second(sources: list[Source]) -> Iterator[Made]:
    """Held-out clips on the screens of the second simulator."""
    for name in ("GRID", "portraits"):
        held = [it for it in sources if not it.fitted and it.name == name]
        chosen = held[:: max(1, len(held) // SECOND_CLIPS)][:SECOND_CLIPS]
        for place, source in enumerate(track(chosen, description="second")):
            yield film(source, independent.screen, np.random.default_rng([SEED, place, 2]))


def _features(made: Sequence[Made]) -> FloatArray:
    return np.stack([it.features for it in made])


def _counts(made: Iterable[Made]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for it in made:
        key = f"{it.source.name} {'attack' if it.attack else 'live'}"
        counts[key] = counts.get(key, 0) + 1
    return counts


if __name__ == "__main__":
    main()
