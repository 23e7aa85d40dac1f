"""Train, calibrate and measure the detectors of attacks; write networks, thresholds, report and model card.

Most of an hour on two cores. Needs PyTorch (`pip install torch`) and the second opinion of pack `mobile`
(`likeness models pull mobile`), whose thresholds are derived too.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from training.genuineness.calibrating import BUDGETS
from training.genuineness.card import write_card
from training.genuineness.judging import Judges, judges
from training.genuineness.networks import STEPS
from training.genuineness.orders import Faces, held_out
from training.genuineness.reporting import crops_scored, report, scored, thresholds, with_second_opinion
from training.genuineness.results import MANIFEST, RESULTS, stated, write_manifest
from training.genuineness.untouched import untouched
from training.pictures import models_path

COMMAND = "python -m training.genuineness --data DIR"
REPORT = Path(__file__).parent / "report.json"


def main() -> None:
    """Run the recipe; an interrupted one goes on where it stopped."""
    parser = argparse.ArgumentParser(prog="python -m training.genuineness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with replay, lfw, cfp, london, synthetic, ...")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs' models")
    parser.add_argument("--work", type=Path, default=Path("build/genuineness"), help="where intermediate work is kept")
    parser.add_argument("--json", action="store_true", help="print the whole report")
    options = parser.parse_args()
    faces = Faces.found(options.data, options.models / "default", options.work)
    trained = judges(faces, options.work)
    write_networks(trained)
    limits = derive(trained, faces, options.models, options.work)
    result = {
        "command": COMMAND,
        "steps": STEPS,
        "files": {path.name: stated(path.read_bytes()) for path in sorted(RESULTS.glob("*.onnx"))},
        "faces": _counts(faces),
        "budgets": BUDGETS,
        "factors": {
            name: [round(float(it), 3) for it in judge.scale.factors] for name, judge in trained.detectors.items()
        },
        **report(trained, faces, _values(limits), options.models, options.work),
        "untouched": untouched(options.data, options.models, _values(limits)),
    }
    REPORT.write_text(json.dumps(result, indent=1) + "\n")
    write_card(RESULTS / "MODEL_CARD.md", result)
    json.dump(result if options.json else _values(limits), sys.stdout, indent=1)
    print()


def write_networks(trained: Judges) -> None:
    """Write each detector's networks, and state their hashes and sizes in the default pack's manifest."""
    RESULTS.mkdir(exist_ok=True)
    for name, judge in trained.detectors.items():
        for file, network in judge.files(name).items():
            (RESULTS / file).write_bytes(network)
    write_manifest(MANIFEST, {path.name: path.read_bytes() for path in RESULTS.glob("*.onnx")})


def derive(trained: Judges, faces: Faces, models: Path, work: Path) -> dict[str, Any]:
    """Derive the thresholds on the people of the tuning part and write them."""
    held = scored(trained, held_out(faces, "tune", work), work)
    held = with_second_opinion(held, faces, "tune", models, work)
    limits = thresholds(held, crops_scored(trained, faces, work))
    written = {
        "command": COMMAND,
        "data": "people of LFW, CFP and London set apart, as they are and in cloth masks; for screens also live crops, "
        "each by a network and a regression that never saw its source, at 2.5 times the budget",
        "unit": "probability of an attack, 0 to 1, where attacks are as frequent as live faces",
        "detectors": limits,
    }
    (RESULTS / "thresholds.json").write_text(json.dumps(written, indent=1) + "\n")
    return limits


def _values(limits: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {name: {level: entry["value"] for level, entry in levels.items()} for name, levels in limits.items()}


def _counts(faces: Faces) -> dict[str, Any]:
    """How many faces of how many people there are, by set, what they show and part of the data."""
    counts: dict[str, Any] = {}
    for face in (*faces.portraits, *faces.crops, *faces.synthetic):
        part = "fit" if face in faces.crops else face.part
        key = f"{face.picture.data_set} {face.label}"
        counts.setdefault(key, dict.fromkeys(("fit", "tune", "report"), 0))[part] += 1
    return counts


if __name__ == "__main__":
    main()
