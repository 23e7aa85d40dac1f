"""Writes docs/lip-sync.md, so that the figures there are the measured ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "lip-sync.md"
TEMPLATE = Path(__file__).parent / "page.template.md"


def write_page(report: Mapping[str, Any], thresholds: Mapping[str, float]) -> None:
    """Fill the template's tables.

    Args:
        report: as report.json.
        thresholds: by level.
    """
    levels = list(report["rates"])
    packs = list(report["rates"][levels[0]])
    parts = {
        "thresholds": ", ".join(f"{level} {value}" for level, value in thresholds.items()),
        "genuine": _rates(report["rates"], "genuine", levels, packs),
        "attacks": _rates(report["rates"], "attacks", levels, packs),
        "compared": _compared(report["compared"]),
        "data": report["data"],
        "intervals": report["intervals"],
    }
    PAGE.write_text(Template(TEMPLATE.read_text("utf-8")).substitute(parts), "utf-8")


def _rates(rates: Mapping[str, Any], part: str, levels: Sequence[str], packs: Sequence[str]) -> str:
    """Genuine clips refused, or attacks accepted, with intervals."""
    head = ["clips", "number", *(f"{level}, {pack}" for level in levels for pack in packs)]
    rows = []
    for kind, first in rates[levels[0]][packs[0]][part].items():
        cells = [_cell(rates[level][pack][part].get(kind), part) for level in levels for pack in packs]
        rows.append([kind, str(first["trials"]), *cells])
    return _table(head, rows)


def _cell(rate: Mapping[str, float] | None, part: str) -> str:
    if rate is None:
        return "-"
    if part == "genuine":
        share, low, high = 1 - rate["passed"], 1 - rate["high"], 1 - rate["low"]
    else:
        share, low, high = rate["passed"], rate["low"], rate["high"]
    return f"{share:.1%} ({low:.0%}-{high:.0%})"


def _compared(table: Mapping[str, Mapping[str, float]]) -> str:
    """Attacks accepted by each way of judging."""
    kinds = [kind for kind in next(iter(table.values())) if kind not in ("spliced", "whole")]
    return _table(["way", *kinds], [[way, *(f"{shares[kind]:.1%}" for kind in kinds)] for way, shares in table.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
