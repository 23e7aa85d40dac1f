"""The model card, written from the report so that both always agree."""

from pathlib import Path
from typing import Any

_CARD = """# Model card: screen replay detector (`replay.onnx`)

Written by `{command}`; every figure stands in `training/genuineness/report.json`.

**What it is.** A logistic regression on {features} numbers taken from one face: its frequency spectrum, moire peaks and
colours (`src/likeness/models/replay_features.py`). Input `features` (n,) float32; output the score, 0 live to 1 screen,
then the log-odds each group of features adds. sha256 `{sha256}`.

**What it is for.** `face_genuineness` SCREEN_REPLAY. A clip's score is the mean over its sampled frames. It is weak
evidence from one frame at a time: it sees neither the screen's edge nor time, and a good screen in good light passes.
It does not know masks, prints, generated or injected faces at all.

**Trained on.** {live} faces of live people and {replay} of screens from {sources} student projects (tight crops), plus
portraits: {portraits}. One random chain of resizing and JPEG for all, so that sizes and codecs do not give the answer
away; sources count alike. None of it is in this repository.

**Measured** on sources and people the fitted model had not seen (leave one source out; portraits in folds by person);
intervals are 95 %, by bootstrap over sources or people. Few sources: the intervals are what matters.

| | as it is | re-encoded |
|---|---|---|
{table}

Thresholds were set on these same held-out scores so that no bona fide set loses more than the budget; that makes the
BPCER above a little optimistic. Files without a face that could be found, counted apart: {missed}.

Untouched by training and tuning (clips: mean over frames at 2 a second):

| file | is | score | refused at {normal} | at {strict} (strict) |
|---|---|---|---|---|
{untouched}
"""


def write_card(target: Path, result: dict[str, Any]) -> None:
    """Write the card of a report made by `training.genuineness`."""
    faces, limits = result["faces"], result["thresholds"]
    portraits = {name: count for name, count in faces["live"].items() if name in ("LFW", "CFP", "London")}
    target.write_text(
        _CARD.format(
            command=result["command"],
            features=result["features"],
            sha256=result["sha256"],
            live=sum(faces["live"].values()) - sum(portraits.values()),
            replay=sum(faces["replay"].values()),
            sources=len(faces["live"]) - len(portraits),
            portraits=", ".join(f"{count} {name}" for name, count in portraits.items()),
            table=measured_table(result),
            missed=missed_files(result),
            normal=limits["replay_score"],
            strict=limits["replay_score_strict"],
            untouched=untouched_table(result),
        )
    )


def measured_table(result: dict[str, Any]) -> str:
    """Rows of held-out ranking and errors."""
    return "\n".join(_rows(result["held_out"]))


def missed_files(result: dict[str, Any]) -> str:
    """How many files showed no face to the detector, by source and kind."""
    return ", ".join(f"{name} {count}" for name, count in result["no_face_found"].items()) or "none"


def untouched_table(result: dict[str, Any]) -> str:
    """Rows of the clips and pictures nothing was tuned on."""
    return "\n".join(_untouched_row(row) for row in result["untouched"])


def _rows(held_out: dict[str, Any]) -> list[str]:
    versions = list(held_out.values())

    def row(name: str, cells: list[str]) -> str:
        return f"| {name} | {' | '.join(cells)} |"

    lines = [
        row("AUC, all replay frames", [f"{version['auc']['frames']:.3f}" for version in versions]),
        row("AUC within a source, mean", [_rate(version["auc"]["within_source"]) for version in versions]),
    ]
    for name in ("replay_score", "replay_score_strict"):
        lines += [
            row(f"{error.upper()} at {name}", [_percent(version[name][error]) for version in versions])
            for error in ("apcer", "bpcer")
        ]
        for data_set in versions[0][name]["bpcer_portraits"]:
            cells = [_percent(version[name]["bpcer_portraits"][data_set]) for version in versions]
            lines.append(row(f"BPCER {data_set} at {name}", cells))
    return lines


def _rate(rate: dict[str, Any]) -> str:
    return f"{rate['mean']:.3f} ({rate['interval'][0]:.3f} to {rate['interval'][1]:.3f})"


def _percent(rate: dict[str, Any]) -> str:
    return f"{100 * rate['mean']:.1f} % ({100 * rate['interval'][0]:.1f} to {100 * rate['interval'][1]:.1f})"


def _untouched_row(row: dict[str, Any]) -> str:
    refused = " | ".join("yes" if value else "no" for value in row["refused"].values())
    score = "no face" if row["score"] is None else f"{row['score']:.3f}"
    return f"| {row['file']} | {'screen' if row['attack'] else 'live'} | {score} | {refused} |"
