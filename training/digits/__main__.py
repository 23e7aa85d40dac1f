"""Teaches the recogniser of spoken digits, tests it with voices that did not teach it, and writes what it needs.

Writes `src/likeness/spoken/`: the network, `digits.json` with its thresholds, and `digits.md`, its card; and
`training/digits/report.json`. Needs PyTorch, espeak-ng and flite. What is interrupted goes on where it was.
"""

import argparse
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from likeness.domain.sound import RATE_HZ, Sound
from likeness.models.digits import NetworkDigitRecogniser
from likeness.models.onnx import Session
from training.digits.card import write_card
from training.digits.drawing import Lesson, lessons
from training.digits.folds import folds, part
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
from training.digits.network import BATCH, exported, trained
from training.digits.trials import SPOKEN_KINDS, voice_trials, wordless
from training.digits.voices import Voice, all_voices

COMMAND = "python -m training.digits --data DIR"
HERE = Path(__file__).parent
SPOKEN = HERE.parents[1] / "src" / "likeness" / "spoken"
LANGUAGE = "en"
LESSONS = 6000
STEPS = 600
WORDLESS = 20
"""Sounds of each kind without digits, for each network."""
TIMED = 20
EVERYONE = "everyone"


def kept_lessons(voices: list[Voice], work: Path) -> list[Lesson]:
    """The utterances of all voices; drawing them takes minutes."""
    file = work / f"lessons-{LESSONS}.npy"
    if not file.exists():
        made = np.empty(1, dtype=object)
        made[0] = lessons(voices, LESSONS)
        np.save(file, made)
    taught: list[Lesson] = np.load(file, allow_pickle=True)[0]
    return taught


def network(name: str, voices: list[Voice], taught: list[Lesson], work: Path) -> bytes:
    """A network taught by these voices alone, as ONNX."""
    parts = {part(voice) for voice in voices}
    made = trained(f"{name}-{STEPS}", [lesson for lesson in taught if lesson.part in parts], STEPS, work)
    return exported(made)


def testers(voices: list[Voice]) -> list[Voice]:
    """One of each variant of espeak-ng, whichever accent it has, and all others."""
    by_part: dict[str, Voice] = {}
    for voice in voices:
        by_part[voice.name.split("+")[-1] if voice.source == "espeak-ng" else voice.name] = voice
    return list(by_part.values())


def tested(voices: list[Voice], taught: list[Lesson], work: Path) -> list[Row]:
    """Every voice as heard by a network that it did not teach; a program's voice that tests with two people, once."""
    rows: list[Row] = []
    for person, (teaching, testing) in folds(voices).items():
        model = NetworkDigitRecogniser(Session(network(person, teaching, taught, work)))
        for voice in testers(testing):
            rows += listened(model, voice_trials(voice, [other for other in testing if other is not voice]))
        rows += listened(model, wordless([voice for voice in testing if voice.others], WORDLESS))
    return rows


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
            "data": "FSDD, GRID, espeak-ng and flite, each by a network that had not heard the voice",
            "budget": f"at most {budget:.1%} of any kind of wrong digits accepted, people and programs counting alike",
            "observed": {
                "right_accepted": accepted,
                "wrong_accepted": {kind: round(accepted_wrong(rows, kind, value), 4) for kind in kinds(rows)},
            },
            "command": COMMAND,
        }
    return entries


def cost(model: bytes) -> dict[str, float]:
    """Milliseconds on one core to load the network, and to hear 4 s of noise."""
    start_s = time.perf_counter()
    recogniser = NetworkDigitRecogniser(Session(model))
    loaded_s = time.perf_counter()
    sound = Sound(np.random.default_rng(0).uniform(-1, 1, 4 * RATE_HZ).astype(np.float32), 0.0)
    for _ in range(TIMED):
        recogniser.hear(sound, "3502")
    heard_s = (time.perf_counter() - loaded_s) / TIMED
    return {"load_ms": round(1000 * (loaded_s - start_s), 1), "hear_ms": round(1000 * heard_s, 1)}


def main() -> None:
    """Teach, test, write."""
    parser = argparse.ArgumentParser(prog="python -m training.digits", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with digits and grid")
    parser.add_argument("--work", type=Path, default=Path("build/digits"), help="where what took long is kept")
    options = parser.parse_args()
    torch.set_num_threads(1)
    voices = all_voices(options.data, options.work)
    taught = kept_lessons(voices, options.work)
    rows = tested(voices, taught, options.work)
    entries = levels(rows)
    thresholds = {level: entry["value"] for level, entry in entries.items()}
    model = network(EVERYONE, voices, taught, options.work)
    file = f"digits_{LANGUAGE}.onnx"
    (SPOKEN / file).write_bytes(model)
    entry = {"network": file, "sha256": hashlib.sha256(model).hexdigest(), **entries}
    (SPOKEN / "digits.json").write_text(json.dumps({"languages": {LANGUAGE: entry}}, indent=1) + "\n", "utf-8")
    empty = [row for row in rows if not SPOKEN_KINDS.intersection(row.wrong)]
    report = {
        "command": COMMAND,
        "steps": STEPS,
        "batch": BATCH,
        "utterances": LESSONS,
        "bytes": len(model),
        "thresholds": thresholds,
        "groups": summary(rows, thresholds),
        "wordless": {level: wrong_rates(empty, value) for level, value in thresholds.items()},
        "cost": cost(model),
    }
    (HERE / "report.json").write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    write_card(SPOKEN / "digits.md", report)


if __name__ == "__main__":
    main()
