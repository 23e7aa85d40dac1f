"""The model card and the tables of docs/digits.md, from the report."""

from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parent / "card.template.md"


def percent(found: dict[str, Any]) -> str:
    """A rate and its interval."""
    low, high = (100 * edge for edge in found["interval"])
    return f"{100 * found['rate']:.1f} % ({low:.1f} to {high:.1f})"


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rows])


def rates(found: dict[str, dict[str, Any]], first: str, of: dict[str, str]) -> str:
    """Groups as rows, what was measured as columns.

    Args:
        found: by group, the named rates.
        first: heading of the groups' column.
        of: what a group is, by name.
    """
    names = list(dict.fromkeys(name for row in found.values() for name in row))
    lines = [
        [of.get(group, group), *(percent(row[name]) if name in row else "" for name in names)]
        for group, row in found.items()
    ]
    return table([first, *names], lines)


def voices_of(row: dict[str, Any]) -> str:
    """How many voices a group has."""
    count = next(iter(row["exactly heard"].values()))["voices"]
    return "one voice" if count == 1 else f"{count} voices"


def filled(template: Path, report: dict[str, Any]) -> str:
    """A template with the report's tables in it."""
    groups = report["groups"]
    labels = {name: f"{name}, {voices_of(row)}" for name, row in groups.items()}
    parts: dict[str, str] = {
        "exact": rates({name: row["exactly heard"] for name, row in groups.items()}, "heard", labels)
    }
    for level in report["thresholds"]:
        for key, what in (("right", "right accepted"), ("wrong", "wrong accepted")):
            parts[f"{key}_{level}"] = rates({name: row[level][what] for name, row in groups.items()}, level, labels)
    for half, found in report["crossed"].items():
        its_groups = {name: row for name, row in found.items() if name in groups}
        its_labels = {name: f"{name}, {voices_of(row)}" for name, row in its_groups.items()}
        for key, what in (("right", "right accepted"), ("wrong", "wrong accepted")):
            named = {name: row["normal"][what] for name, row in its_groups.items()}
            parts[f"{half.replace(' ', '_')}_{key}"] = rates(named, half, its_labels)
    return template.read_text("utf-8").format(
        command=report["command"],
        normal=report["thresholds"]["normal"],
        strict=report["thresholds"]["strict"],
        wordless=rates(report["wordless"], "level", {}),
        **report["cost"],
        **parts,
    )


def write_card(target: Path, report: dict[str, Any]) -> None:
    """Write the card of a report made by `training.digits`."""
    target.write_text(filled(TEMPLATE, report), "utf-8")
