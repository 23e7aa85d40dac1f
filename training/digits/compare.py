"""Compares the network with pocketsphinx, and with the sum of both, on people whom the network has not heard.

python -m training.digits.compare --data DIR        after training.digits; needs `pip install pocketsphinx`
"""

import argparse
import json
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from likeness.domain.sound import Sound
from likeness.models.digits import NetworkDigitRecogniser
from likeness.models.onnx import Session
from training.digits.__main__ import HERE, STEPS, kept_lessons, network
from training.digits.folds import folds
from training.digits.sphinx import SphinxRecogniser
from training.digits.trials import voice_trials
from training.digits.voices import STRING_DIGITS, all_voices

SOUNDS = 48
"""Of each person, the conditions in turn: pocketsphinx takes long."""
CHANGED = 4
WEIGHTS = (0.0, 0.003, 0.006, 0.012)
"""Of pocketsphinx's score beside the network's log-odds."""
BUDGETS = (0.01, 0.03)


@dataclass(frozen=True, slots=True)
class Pair:
    """Scores of the digits said and, after them, of others; ratio_db: of speech to noise."""

    ratio_db: float
    network: list[float]
    sphinx: list[float]
    exact: tuple[bool, bool]


def table(pairs: list[Pair]) -> dict[str, Any]:
    """Right digits accepted by each mixture, at each budget of one digit changed."""
    found: dict[str, Any] = {"exactly heard": np.mean([pair.exact for pair in pairs], axis=0).round(3).tolist()}
    mixtures = {f"network + {weight} sphinx": (1.0, weight) for weight in WEIGHTS} | {"sphinx": (0.0, 1.0)}
    for name, (one, other) in mixtures.items():
        scores = [one * np.asarray(pair.network) + other * np.asarray(pair.sphinx) for pair in pairs]
        wrong = np.concatenate([score[1:] for score in scores])
        for budget in BUDGETS:
            least = np.quantile(wrong, 1 - budget)
            found[f"{name}, {budget:.0%} wrong"] = round(float(np.mean([score[0] > least for score in scores])), 3)
    return found


def main() -> None:
    """Compare and write."""
    parser = argparse.ArgumentParser(prog="python -m training.digits.compare", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with digits and grid")
    parser.add_argument("--work", type=Path, default=Path("build/digits"), help="that of training.digits")
    options = parser.parse_args()
    voices = all_voices(options.data, options.work)
    taught, sphinx = kept_lessons(voices, options.work), SphinxRecogniser()
    report: dict[str, Any] = {"command": "python -m training.digits.compare --data DIR", "steps": STEPS}
    for person, (teaching, testing) in folds(voices).items():
        model = NetworkDigitRecogniser(Session(network(person, teaching, taught, options.work)))
        voice = next(voice for voice in testing if voice.name == person)
        pairs, start_s = [], time.process_time()
        trials = (trial for trial in voice_trials(voice, testing) if len(trial.said) == STRING_DIGITS)
        for trial in islice(trials, SOUNDS):
            sound, asked = Sound(trial.samples, 0.0), [trial.said, *trial.wrong["one changed"][:CHANGED]]
            words, scores = sphinx.scores(sound, asked)
            exact = (model.hear(sound, trial.said).digits == trial.said, words == trial.said)
            pairs.append(Pair(trial.condition.ratio_db, model.scores(sound, asked), scores, exact))
        seconds = (time.process_time() - start_s) / len(pairs) / (2 + CHANGED)
        report[person] = table(pairs) | {"sounds": len(pairs), "sphinx_search_s": round(seconds, 3)}
        print(person, json.dumps(report[person], indent=1))
    (HERE / "comparison.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
