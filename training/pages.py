"""Writes docs/accuracy.md and docs/genuineness.md from the reports, so that the figures there are the measured ones."""

import json
from pathlib import Path

from training.accuracy_page import accuracy
from training.genuineness.card import filled
from training.thresholds import PACKAGE

DOCS = Path(__file__).parents[1] / "docs"
HERE = Path(__file__).parent
GENUINENESS = HERE / "genuineness" / "page.template.md"


def main() -> None:
    """Write both pages."""
    thresholds = json.loads((PACKAGE / "thresholds.json").read_text("utf-8"))
    genuineness = json.loads((HERE / "genuineness" / "report.json").read_text("utf-8"))
    (DOCS / "accuracy.md").write_text(accuracy(thresholds))
    (DOCS / "genuineness.md").write_text(filled(GENUINENESS, genuineness))


if __name__ == "__main__":
    main()
