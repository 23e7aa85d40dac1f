"""Tables of the report for the model card and the page, so that all three agree; and the card itself."""

from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).parent / "card.template.md"
LEVELS = ("relaxed", "normal", "strict", "strictest")
SETS = ("LFW", "CFP", "London")


def write_card(target: Path, result: dict[str, Any]) -> None:
    """Write the card of a report made by `training.genuineness`."""
    target.write_text(filled(TEMPLATE, result))


def filled(template: Path, result: dict[str, Any]) -> str:
    """A template with the report's tables in it."""
    return template.read_text("utf-8").format(
        command=result["command"],
        steps=result["steps"],
        kilobytes=round(sum(file["size"] for file in result["files"].values()) / 1000),
        files=_files(result),
        faces=_faces(result),
        budgets=_budgets(result),
        bona_fide=_bona_fide(result),
        attacks=_attacks(result),
        sources=_sources(result),
        untouched="\n\n".join(_untouched(pack, rows) for pack, rows in result["untouched"].items()),
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(rate: dict[str, Any]) -> str:
    """A rate and its interval."""
    low, high = (100 * edge for edge in rate["interval"])
    return f"{100 * rate['rate']:.1f} % ({low:.1f} to {high:.1f})"


def _files(result: dict[str, Any]) -> str:
    rows = [[f"`{name}`", f"{file['size']:,}", f"`{file['sha256']}`"] for name, file in result["files"].items()]
    return _table(["file", "bytes", "sha256"], rows)


def _faces(result: dict[str, Any]) -> str:
    rows = [[name, *(str(count) for count in parts.values())] for name, parts in result["faces"].items()]
    return _table(["set and what it shows", "fitted", "thresholds", "reported"], rows)


def _budgets(result: dict[str, Any]) -> str:
    detectors = list(result["budgets"]["normal"])
    rows = [[level, *(f"{100 * of[name]:g} %" for name in detectors)] for level, of in result["budgets"].items()]
    return _table(["level", *detectors], rows)


def _bona_fide(result: dict[str, Any]) -> str:
    """BPCER of all detectors of the default pack together, by set."""
    rows = []
    for name, levels in result["bona_fide"].items():
        faces = levels["normal"]["any"]
        rows.append([name, f"{faces['faces']} of {faces['units']}", *(percent(levels[it]["any"]) for it in LEVELS)])
    return _table(["bona fide", "faces of people", *LEVELS], rows)


def _attacks(result: dict[str, Any]) -> str:
    """AUC of each attack's own detector, and APCER of all together (of the screens' alone on tight crops)."""
    rows = []
    for name, found in result["attacks"].items():
        apcer = found["apcer"]
        every = "any" if len(apcer["normal"]) > 2 else "screen"  # noqa: PLR2004 - one detector and `any`
        rows.append([name, f"{found['auc']:.3f}", *(percent(apcer[it][every]) for it in LEVELS[:3])])
    return _table(["attack", "AUC", *(f"APCER {level}" for level in LEVELS[:3])], rows)


def _sources(result: dict[str, Any]) -> str:
    """AUC within each replay source."""
    plain, filmed = (result["attacks"][f"screen, crops {it}"]["auc_by_source"] for it in ("plain", "filmed"))
    return _table(
        ["source", "AUC as it is", "AUC filmed"],
        [[source, f"{plain[source]:.3f}", f"{filmed[source]:.3f}"] for source in plain],
    )


def _untouched(pack: str, rows: list[dict[str, Any]]) -> str:
    detectors = list(next(row["scores"] for row in rows if row["scores"]))
    lines = []
    for row in rows:
        scores = [f"{row['scores'][name]:.3f}" if row["scores"] else "no face" for name in detectors]
        verdicts = [row["refusal"] or row["verdicts"].get(level, "") for level in LEVELS[:3]]
        lines.append([row["file"], "screen" if row["attack"] else "live", *scores, *verdicts])
    return f"Pack `{pack}`:\n\n" + _table(["file", "is", *detectors, *LEVELS[:3]], lines)
