"""Writes docs/accuracy.md and docs/genuineness.md from the reports, so that the figures there are the measured ones."""

import json
from pathlib import Path
from typing import Any

from training.calibrate import REPORT
from training.genuineness.card import measured_table, missed_files, untouched_table
from training.thresholds import GENUINENESS_REPORT, PACKAGE

DOCS = Path(__file__).parents[1] / "docs"
HERE = Path(__file__).parent
ACCURACY, GENUINENESS = HERE / "accuracy.template.md", HERE / "genuineness" / "page.template.md"


def main() -> None:
    """Write both pages."""
    report = json.loads(REPORT.read_text("utf-8"))
    thresholds = json.loads((PACKAGE / "thresholds.json").read_text("utf-8"))
    genuineness = json.loads(GENUINENESS_REPORT.read_text("utf-8"))
    (DOCS / "accuracy.md").write_text(accuracy(report, thresholds))
    (DOCS / "genuineness.md").write_text(genuineness_page(genuineness))


def accuracy(report: dict[str, Any], thresholds: dict[str, Any]) -> str:
    """docs/accuracy.md."""
    found, uneven = report["calibration"], report["uneven"]
    confidences = (65.3, 71.8, 76.5, 79.9)
    lines = [
        f"| {rate} | {confidence} | {score:.4f} | {found['fnmr'][rate]:.1%} |"
        for (rate, score), confidence in zip(found["thresholds"].items(), confidences, strict=True)
    ]
    carried = [_carried(name, row) for name, row in report["carried_over"].items()]
    decisions = [
        f"| `{name}` | {item['value']:g} | {item['unit']} | {item['data']} | {item['budget']} |"
        for name, item in thresholds.items()
    ]
    return ACCURACY.read_text("utf-8").format(
        **{name: found[name] for name in ("command", "pack", "data_set", "pictures", "people")},
        failures=found["failures_to_acquire"],
        impostor_pairs=found["impostor_pairs"],
        genuine_pairs=found["genuine_pairs"],
        tail_start=found["tail"]["fitted_between_log10_fmr"][0],
        tail_end=found["tail"]["fitted_between_log10_fmr"][1],
        residual=found["tail"]["max_residual_log10"],
        thresholds="\n".join(lines),
        carried="\n".join(carried),
        top_share=uneven["people_share"],
        top_part=uneven["take_part_in"],
        fair_part=uneven["if_all_were_equal"],
        decisions="\n".join(decisions),
    )


def _carried(name: str, row: dict[str, Any]) -> str:
    rates = row["people_alike"]
    cells = [f"{rate:.2g}" for rate in rates["fmr"].values()]
    cells += [f"{rates['fnmr'][key]:.1%}" for key in ("1e-3", "1e-4")]
    return f"| {name} | {row['impostor_pairs']:,} | {' | '.join(cells)} |"


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
