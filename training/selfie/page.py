"""docs/selfies.md and the model card, from what `python -m training.selfie` wrote."""

import hashlib
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "likeness"
PACKS = ("default", "mobile", "mobile+dlib")
WORDS = Path(__file__).with_name("page.md")
"""What people say around the tables: `{{name}}` stands for one of `tables`."""
CARD_WORDS = Path(__file__).with_name("card.md")


def write() -> None:
    """Both pages."""
    report = json.loads((Path(__file__).parent / "report.json").read_text("utf-8"))
    limits = json.loads((PACKAGE / "selfie" / "thresholds.json").read_text("utf-8"))
    crosses = {pack: json.loads((PACKAGE / "packs" / pack / "cross_pose.json").read_text("utf-8")) for pack in PACKS}
    made = {
        "yaw": _yaw(report),
        "simulated": _simulated(report),
        "acquired": _acquired(report),
        "limits": _limits(limits),
        "refused": _refused(report),
        "spoiled": _spoiled(report),
        "cross": _cross(crosses),
        "front_yaw": f"{limits['front_yaw_deg']['value']:.1f}",
        "front_pitch": f"{limits['front_pitch_deg']['value']:.0f}",
        "network": _network(),
    }
    for source, target in ((WORDS, ROOT / "docs" / "selfies.md"), (CARD_WORDS, PACKAGE / "pose" / "MODEL_CARD.md")):
        text = source.read_text("utf-8")
        for name, value in made.items():
            text = text.replace("{{" + name + "}}", value)
        target.write_text(text, "utf-8")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _yaw(report: dict[str, Any]) -> str:
    rows = []
    for pack, sets in report["pose"].items():
        for name in ("CFP", "LFW", "CFP-profile"):
            for bins, one in sets[name]["by_yaw_deg"].items():
                error = one["yaw_error_deg"]
                errors = [f"{error[share]:.1f}" for share in ("50", "90")]
                rows.append([pack, name, bins, str(one["faces"]), *errors, f"{one['over_20_share']:.1%}"])
    return _table(["pack", "set", "yaw by points", "faces", "error, median", "90 %", "told over 20°"], rows)


def _simulated(report: dict[str, Any]) -> str:
    rows = []
    for turn, one in report["simulated"]["default"].items():
        other = report["simulated"]["mobile"][turn]
        both = [f"{part['network_median_deg'][0]:.0f}, {part['network_median_deg'][1]:.0f}" for part in (one, other)]
        rows.append([turn, *both, ", ".join(f"{value:.0f}" for value in other["points_median_deg"])])
    return _table(["turned by", "told: default", "mobile", "points of mobile's detector"], rows)


def _acquired(report: dict[str, Any]) -> str:
    rows = []
    for pack, sets in report["pose"].items():
        for name, one in sets["acquired"].items():
            rows.append([pack, name, str(one["pictures"]), str(one["failures_to_acquire"])])
    return _table(["pack", "set or clip", "pictures", "without a found face"], rows)


def _limits(limits: dict[str, Any]) -> str:
    return _table(
        ["threshold", "value", "unit", "budget"],
        [[f"`{name}`", f"{one['value']:g}", one["unit"], one["budget"]] for name, one in limits.items()],
    )


def _refused(report: dict[str, Any]) -> str:
    rows = []
    for pack, kinds in report["refused"].items():
        for kind, sets in kinds.items():
            for name, one in sets.items():
                why = ", ".join(f"{limit} {share:.1%}" for limit, share in one["refused"].items() if share)
                rows.append([pack, kind, name, str(one["faces"]), f"{one['refused_by_any']:.1%}", why or "none"])
    return _table(["pack", "selfie", "set or clip", "faces", "refused", "by which limit"], rows)


def _spoiled(report: dict[str, Any]) -> str:
    names = list(report["spoiled"]["London"]["default"])
    columns = [(name, pack) for name in ("London", "CFP") for pack in ("default", "mobile")]
    spoiled = report["spoiled"]
    rows = [[way, *(f"{spoiled[name][pack][way]['refused']:.0%}" for name, pack in columns)] for way in names]
    return _table(["front portraits", *(f"{name}, {pack}" for name, pack in columns)], rows)


def _cross(crosses: dict[str, Any]) -> str:
    rows = []
    for pack, one in crosses.items():
        observed = one["similarity"]["observed"]
        sets = {**observed["all_people"], "live clips, one session": observed["one_session"]}
        for name, rates in sets.items():
            for bins, missed in [("all", rates["fnmr"]), *rates["fnmr_by_yaw_deg"].items()]:
                interval = missed["rate_95"]
                between = f"{interval[0]:.1%} to {interval[1]:.1%}" if interval else "too few people"
                fmr = f"{rates['fmr']:.2%}" if bins == "all" and rates["fmr"] is not None else ""
                rows.append([pack, name, fmr, bins, f"{missed['rate']:.1%}", between, str(missed["side_faces"])])
    return _table(["pack", "set", "FMR", "yaw of the side", "FNMR", "95 %, over people", "side faces"], rows)


def _network() -> str:
    content = (PACKAGE / "pose" / "pose.onnx").read_bytes()
    return f"`pose.onnx`, {len(content):,} bytes, sha256 `{hashlib.sha256(content).hexdigest()}`"
