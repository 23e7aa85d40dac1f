"""Writes docs/accuracy.md and docs/genuineness.md from the reports, so that the figures there are the measured ones."""

import json
from pathlib import Path
from typing import Any

from training.accuracy_page import accuracy
from training.genuineness.card import measured_table, missed_files, untouched_table
from training.thresholds import GENUINENESS_REPORT, PACKAGE

DOCS = Path(__file__).parents[1] / "docs"
HERE = Path(__file__).parent
GENUINENESS = HERE / "genuineness" / "page.template.md"


def main() -> None:
    """Write both pages."""
    thresholds = json.loads((PACKAGE / "thresholds.json").read_text("utf-8"))
    genuineness = json.loads(GENUINENESS_REPORT.read_text("utf-8"))
    (DOCS / "accuracy.md").write_text(accuracy(thresholds))
    (DOCS / "genuineness.md").write_text(genuineness_page(genuineness))


def genuineness_page(report: dict[str, Any]) -> str:
    """docs/genuineness.md."""
    return GENUINENESS.read_text("utf-8").format(
        command=report["command"],
        sources=len(report["faces"]["live"]) - len(report["held_out"]["as it is"]["replay_score"]["bpcer_portraits"]),
        table=measured_table(report),
        missed=missed_files(report),
        normal=report["thresholds"]["replay_score"],
        strict=report["thresholds"]["replay_score_strict"],
        untouched=untouched_table(report),
    )


if __name__ == "__main__":
    main()
