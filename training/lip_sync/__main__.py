"""Fit what foretells sound from a mouth, derive the thresholds, measure both; write file, report and page.

Minutes on one core. Clips that were made are kept, so that an interrupted run goes on where it stopped.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from likeness.models.lip_sync import LipSyncParameters
from training.lip_sync.cameras import PACKS
from training.lip_sync.deriving import BUDGETS, Scored
from training.lip_sync.fitting import ELSEWHERE, FAST, GENUINE, RIDGE, SHAPE, by_fold, fit, pairs, parameters, single
from training.lip_sync.material import collect
from training.lip_sync.page import write_page
from training.lip_sync.trials import Trial, trials
from training.pictures import models_path

COMMAND = "python -m training.lip_sync --data DIR"
DATA = "GRID, speaker s1: 30 whole sentences, 90 clips spliced of four of their digits; both packs"
RESULT = Path(__file__).parents[2] / "src" / "likeness" / "spoken" / "lip_sync.json"
REPORT = Path(__file__).parent / "report.json"
INTERVALS = (
    "95 %, by drawing sentences anew 1000 times; a clip counts as often as all its sentences together; where all or "
    "none passed, by the rule of three over sentences (over clips of other people). The speaker is one: what differs "
    "between speakers is not in them."
)


def scored(tried: Sequence[Trial], judges: Sequence[LipSyncParameters]) -> Scored:
    """Every trial by the judge for its fold."""
    return Scored(tried, np.array([it.score(judges).score for it in tried]))


def entry(result: Scored, level: str) -> dict[str, Any]:
    """A threshold as it stands in the file."""
    value = round(result.threshold(BUDGETS[level]), 3)
    at = result.held_out(BUDGETS[level])
    observed = {
        "genuine_refused": {kind: round(1 - float(result.passed(result.of(kind), at).mean()), 4) for kind in GENUINE},
        "attacks_accepted": {
            kind: round(float(result.passed(result.of(kind), at).mean()), 4) for kind in result.kinds(genuine=False)
        },
    }
    return {
        "value": value,
        "unit": "correlation, with its syllables', less that at forbidden delays",
        "data": DATA,
        "budget": f"refuses at most {BUDGETS[level]:.0%} of genuine clips, spliced and whole counted alike",
        "observed": observed,
        "command": COMMAND,
    }


def rates(result: Scored) -> dict[str, Any]:
    """Shares that pass, by level, pack and kind, at thresholds of the other folds."""
    return {
        level: {
            pack: {
                "genuine" if genuine else "attacks": {
                    kind: result.rate(result.of(kind, pack), result.held_out(budget))
                    for kind in result.kinds(genuine=genuine)
                    if len(result.of(kind, pack))
                }
                for genuine in (True, False)
            }
            for pack in PACKS
        }
        for level, budget in BUDGETS.items()
    }


def compared(tried: Sequence[Trial], judges: Mapping[str, Sequence[LipSyncParameters]]) -> dict[str, Any]:
    """Attacks that other ways of judging accept where each refuses 5 % of genuine clips."""
    table: dict[str, Any] = {}
    for name, chosen in judges.items():
        result = scored(tried, chosen)
        at = result.held_out(0.05)
        kinds = [kind for kind in result.kinds(genuine=False) if "dubbed" in kind or "0.4 s" in kind or "photo" in kind]
        table[name] = {kind: round(float(result.passed(result.of(kind), at).mean()), 4) for kind in [*GENUINE, *kinds]}
    return table


def main() -> None:
    """Run the recipe."""
    parser = argparse.ArgumentParser(prog="python -m training.lip_sync", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with grid and clips")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs' models")
    parser.add_argument("--work", type=Path, default=Path("build/lip_sync"), help="where clips are kept")
    options = parser.parse_args()
    clips = collect(options.data, options.models, options.work)
    tried, fitted_to = trials(clips), pairs(clips)
    weights, shape = by_fold(fitted_to), by_fold(fitted_to, shape_alone=True)
    result = scored(tried, [parameters(it) for it in weights])
    dark, change = (single(feature, weights[0]) for feature in (0, SHAPE - 1))
    others = {
        "darkness of the mouth against loudness": [LipSyncParameters(dark, 0.0, ELSEWHERE)] * len(weights),
        "change of the mouth against loudness": [LipSyncParameters(change, 0.0, ELSEWHERE)] * len(weights),
        "foretold by the mouth's shape": [LipSyncParameters(it, 0.0, ELSEWHERE) for it in shape],
        "foretold by shape, with syllables": [parameters(it) for it in shape],
        "foretold by shape and cells": [LipSyncParameters(it, 0.0, ELSEWHERE) for it in weights],
        "foretold by shape and cells, with syllables (shipped)": [parameters(it) for it in weights],
    }
    final = fit(fitted_to)
    entries = {
        "parameters": {"fast": FAST, "elsewhere": ELSEWHERE, "weights": np.round(final, 4).tolist()},
        "parameters_from": {"data": DATA, "ridge": RIDGE, "command": COMMAND},
        "thresholds": {level: entry(result, level) for level in BUDGETS},
    }
    RESULT.write_text(json.dumps(entries) + "\n")
    report = {
        "command": COMMAND,
        "data": DATA,
        "intervals": INTERVALS,
        "clips": len(clips),
        "rates": rates(result),
        "compared": compared(tried, others),
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    write_page(report, {level: it["value"] for level, it in entries["thresholds"].items()})
    json.dump(entries["thresholds"], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
