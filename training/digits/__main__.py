"""Derives from which score on digits count as said, and reports how often that errs on voices of people and programs.

Writes the thresholds of `src/likeness/spoken/digits.json`, its card `digits.md`, and `training/digits/report.json`.
Needs espeak-ng and flite. What was heard is kept in the work folder, so that an interrupted run goes on where it was.
"""

import argparse
import hashlib
import json
import pickle
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from likeness.domain.sound import RATE_HZ, Sound
from likeness.models import shared
from likeness.models.digits import DigitRecogniser, load_recogniser
from training.digits.card import write_card
from training.digits.measure import (
    BUDGETS,
    Row,
    accepted_wrong,
    groups,
    kinds,
    listened,
    right_rates,
    rows_of,
    summary,
    threshold_at,
    wrong_rates,
)
from training.digits.trials import (
    CHANGED_ASKED,
    OTHERS_ASKED,
    PERSON_STRINGS,
    PROGRAM_STRINGS,
    SPOKEN_KINDS,
    Trial,
    voice_trials,
    wordless,
)
from training.digits.voices import Voice, all_voices

COMMAND = "python -m training.digits --data DIR"
HERE = Path(__file__).parent
LANGUAGE = "en"
PROGRAMS = 24
"""Voices of espeak-ng and flite that are heard; more say little that is new."""
BABBLERS = 6
WORDLESS = 8
"""Sounds of each kind without digits."""
TIMED = 5


def heard_voices(voices: list[Voice]) -> list[Voice]:
    """All people, and voices of programs evenly over all of them."""
    people = [voice for voice in voices if voice.source in ("FSDD", "GRID")]
    programs = [voice for voice in voices if voice.source not in ("FSDD", "GRID")]
    return people + programs[:: max(1, len(programs) // PROGRAMS)][:PROGRAMS]


def recipe() -> str:
    """What was heard depends on it, beside the voice: the model and how many trials of each kind there are."""
    counts = (PERSON_STRINGS, PROGRAM_STRINGS, CHANGED_ASKED, OTHERS_ASKED, WORDLESS, BABBLERS)
    return json.dumps([shared.spoken_language(LANGUAGE)["files"], counts])


def kept(name: str, trials: Iterable[Trial], recogniser: DigitRecogniser, work: Path) -> list[Row]:
    """What was heard of some trials; kept by the voice's name and the recipe."""
    file = work / f"heard-{hashlib.sha256((recipe() + name).encode()).hexdigest()[:16]}.pickle"
    if not file.exists():
        file.write_bytes(pickle.dumps(listened(recogniser, trials)))
    rows: list[Row] = pickle.loads(file.read_bytes())  # noqa: S301 - our own
    return rows


def heard(voices: list[Voice], recogniser: DigitRecogniser, work: Path) -> list[Row]:
    """Every voice in quiet and noise, and sounds without digits."""
    rows: list[Row] = []
    for voice in track(heard_voices(voices), "listening"):
        others = list(islice((other for other in voices if other is not voice), BABBLERS))
        rows += kept(voice.name, voice_trials(voice, others), recogniser, work)
    talkers = [voice for voice in voices if voice.others]
    return rows + kept("wordless", wordless(talkers, WORDLESS), recogniser, work)


def levels(rows: list[Row]) -> dict[str, Any]:
    """The thresholds as they stand in the file, and what each was seen to do."""
    entries = {}
    for level, budget in BUDGETS.items():
        value = threshold_at(rows, budget)
        accepted = {
            group: {name: found["rate"] for name, found in right_rates(rows_of(rows, group), value).items()}
            for group in groups(rows)
        }
        entries[level] = {
            "value": value,
            "unit": "natural logarithm of the odds that just the digits asked for were said",
            "data": "FSDD, GRID, espeak-ng and flite",
            "budget": f"at most {budget:.1%} of each kind of wrong digits accepted, one too many excepted",
            "observed": {
                "right_accepted": accepted,
                "wrong_accepted": {kind: round(accepted_wrong(rows, kind, value), 4) for kind in kinds(rows)},
            },
            "command": COMMAND,
        }
    return entries


def crossed(rows: list[Row], voices: list[Voice]) -> dict[str, Any]:
    """Each half of the voices, people and programs in both, by thresholds derived from the other half alone."""
    half_of = {voice.name: place % 2 for place, voice in enumerate(heard_voices(voices))}
    halves = [[row for row in rows if half_of.get(row.voice) == half] for half in (0, 1)]
    thresholds = [{level: threshold_at(half, budget) for level, budget in BUDGETS.items()} for half in halves]
    return {
        f"half {place}": {
            "thresholds of the other half": thresholds[1 - place],
            **summary(half, thresholds[1 - place]),
        }
        for place, half in enumerate(halves)
    }


def cost() -> dict[str, float]:
    """Milliseconds on one core to load the model, and to hear 4 s of noise."""
    start_s = time.perf_counter()
    recogniser = load_recogniser(LANGUAGE)
    sound = Sound(np.random.default_rng(0).uniform(-1, 1, 4 * RATE_HZ).astype(np.float32), 0.0)
    recogniser.hear(sound, "3502")
    loaded_s = time.perf_counter()
    for _ in range(TIMED):
        recogniser.hear(sound, "3502")
    heard_s = (time.perf_counter() - loaded_s) / TIMED
    return {"load_ms": round(1000 * (loaded_s - start_s - heard_s)), "hear_ms": round(1000 * heard_s)}


def main() -> None:
    """Hear, derive, write."""
    parser = argparse.ArgumentParser(prog="python -m training.digits", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with digits and grid")
    parser.add_argument("--work", type=Path, default=Path("build/digits"), help="where what took long is kept")
    options = parser.parse_args()
    voices = all_voices(options.data, options.work)
    rows = heard(voices, load_recogniser(LANGUAGE), options.work)
    entries = levels(rows)
    thresholds = {level: entry["value"] for level, entry in entries.items()}
    file = shared.path(shared.DIGITS)
    known = json.loads(file.read_text("utf-8"))
    known["languages"][LANGUAGE] |= entries
    file.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    empty = [row for row in rows if not SPOKEN_KINDS.intersection(row.wrong)]
    report = {
        "command": COMMAND,
        "thresholds": thresholds,
        "groups": summary(rows, thresholds),
        "crossed": crossed(rows, voices),
        "wordless": {level: wrong_rates(empty, value) for level, value in thresholds.items()},
        "cost": cost(),
    }
    (HERE / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    write_card(file.with_suffix(".md"), report)


if __name__ == "__main__":
    main()
