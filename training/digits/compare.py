"""Compares Whisper with pocketsphinx on people who read digits; prints a table for a reader.

python -m training.digits.compare --data DIR        needs `pip install pocketsphinx`
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from likeness.domain.sound import Sound
from likeness.models.digits import load_recogniser
from training.digits.sphinx import SphinxRecogniser
from training.digits.trials import Trial, voice_trials
from training.digits.voices import STRING_DIGITS, fsdd, grid

SOUNDS = 24
"""Of each person, the conditions in turn: pocketsphinx takes long."""
CHANGED = 4
BUDGET = 0.01
"""Share of strings with one digit changed that is accepted."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Of one recogniser and person: scores of the digits said, of others, and seconds for each string."""

    right: list[float]
    wrong: list[float]
    seconds: float

    @property
    def accepted(self) -> float:
        """Share of right digits over all but BUDGET of the wrong ones."""
        return float(np.mean(np.asarray(self.right) > np.quantile(self.wrong, 1 - BUDGET)))


def compared(trials: list[Trial], listen: Callable[[Sound, list[str]], tuple[str, list[float]]]) -> Compared:
    """What a recogniser makes of some sounds."""
    right, wrong, start_s = [], [], time.process_time()
    for trial in trials:
        _, (first, *others) = listen(Sound(trial.samples, 0.0), [trial.said, *trial.wrong["one changed"][:CHANGED]])
        right.append(first)
        wrong += others
    return Compared(right, wrong, (time.process_time() - start_s) / len(trials) / (1 + CHANGED))


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(prog="python -m training.digits.compare", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with digits and grid")
    options = parser.parse_args()
    whisper, sphinx = load_recogniser("en"), SphinxRecogniser()
    people = [*fsdd(options.data), *grid(options.data)]
    table = Table("person", "recogniser", "right accepted at 1 % of one digit changed", "seconds a string")
    for voice in track(people, "comparing"):
        trials = [it for it in voice_trials(voice, people) if len(it.said) == STRING_DIGITS][:SOUNDS]
        for name, listen in (("Whisper", whisper.listen), ("pocketsphinx", sphinx.scores)):
            found = compared(trials, listen)
            table.add_row(voice.name, name, f"{found.accepted:.0%}", f"{found.seconds:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
