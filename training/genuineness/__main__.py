"""Train, measure and write the screen detector, its report and its model card."""

import argparse
import hashlib
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from likeness.domain.face import Box, ImageArray
from likeness.models.detector import Detector
from likeness.models.genuineness import ReplayDetector
from likeness.models.replay_features import describe
from training.genuineness.card import write_card
from training.genuineness.measure import report, threshold_at
from training.genuineness.regression import calibrate, fit, held_out_logits, to_onnx
from training.genuineness.samples import Samples, collect
from training.pictures import clip_frames, models_path, read

BUDGETS = {"replay_score": 0.05, "replay_score_strict": 0.10}
"""Share of bona fide faces each threshold may refuse, in the worst of the bona fide sets."""
CLIP_FRAMES_PER_S = 2.0
RESULTS = Path(__file__).parents[2] / "src" / "likeness" / "genuineness"
MANIFEST = RESULTS.parent / "packs" / "default" / "manifest.json"


def main() -> None:
    """Run the recipe; an interrupted one goes on where it stopped."""
    parser = argparse.ArgumentParser(prog="python -m training.genuineness", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with replay, lfw, cfp, london, clips, edge")
    parser.add_argument("--models", type=Path, default=models_path() / "default", help="converted networks")
    parser.add_argument("--work", type=Path, default=Path("build/genuineness"), help="where features are kept")
    parser.add_argument("--json", action="store_true", help="print the whole report")
    options = parser.parse_args()
    samples = collect(options.data, options.models, options.work)
    result, network = train(samples)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "replay.onnx").write_bytes(network)
    write_manifest(MANIFEST, network)
    result["untouched"] = untouched(options.data, options.models, result["thresholds"])
    (Path(__file__).parent / "report.json").write_text(json.dumps(result, indent=1) + "\n")
    write_card(RESULTS / "MODEL_CARD.md", result)
    json.dump(result if options.json else result["thresholds"], sys.stdout, indent=1)
    print()


def write_manifest(path: Path, network: bytes) -> None:
    """State the network's hash and size in a pack's manifest, against which it is checked at every start."""
    manifest = json.loads(path.read_text("utf-8"))
    (file,) = manifest["stages"]["genuineness"]["files"]
    file |= {"sha256": hashlib.sha256(network).hexdigest(), "size": len(network)}
    path.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def train(samples: Samples) -> tuple[dict[str, Any], bytes]:
    """The report on held-out sources and people, and the network fitted on everything."""
    logits = held_out_logits(samples)
    slope, offset = calibrate(samples, logits)
    scores = 1 / (1 + np.exp(-(slope * logits + offset)))
    thresholds = {name: round(threshold_at(samples, scores, budget), 4) for name, budget in BUDGETS.items()}
    groups = {name: len(values) for name, values in describe(np.zeros((8, 8, 3), np.uint8)).items()}
    network = to_onnx(fit(samples, np.arange(len(samples.attack))).calibrated(slope, offset), groups)
    faces = {
        kind: {str(name): int(np.sum(samples.source[samples.attack == attack] == name)) for name in names}
        for kind, attack in (("live", False), ("replay", True))
        for names in [np.unique(samples.source[samples.attack == attack])]
    }
    result = {
        "command": "python -m training.genuineness --data DIR",
        "sha256": hashlib.sha256(network).hexdigest(),
        "features": sum(groups.values()),
        "budgets": BUDGETS,
        "thresholds": thresholds,
        "faces": faces,
        "no_face_found": samples.missed,
        "held_out": report(samples, scores, thresholds),
    }
    return result, network


def untouched(data: Path, models: Path, thresholds: dict[str, float]) -> list[dict[str, Any]]:
    """Scores of the clips (mean over frames) and full-frame pictures that nothing was tuned on."""
    detector, judge = Detector(models / "detector.onnx"), ReplayDetector(RESULTS / "replay.onnx")
    rows = []
    for path in [*sorted((data / "clips").glob("*")), *sorted((data / "edge" / "silentface").glob("image_??.jpg"))]:
        picture = path.suffix == ".jpg"
        attack = path.stem.startswith("replay") or "_F" in path.stem
        judged = [
            asdict(judge.score(frame, box))
            for frame in ([read(path)] if picture else clip_frames(path, CLIP_FRAMES_PER_S))
            for box in _largest(detector, frame)
        ]
        scores = [row["score"] for row in judged]
        reasons = [row["reason"] for row in judged]
        mean = float(np.mean(scores)) if scores else None
        rows.append(
            {
                "file": f"{path.parent.name}/{path.name}",
                "attack": attack,
                "frames": len(scores),
                "score": round(mean, 3) if mean is not None else None,
                "reason": max(reasons, key=reasons.count) if reasons else None,
                "refused": {name: mean is not None and mean >= limit for name, limit in thresholds.items()},
            }
        )
    return rows


def _largest(detector: Detector, frame: ImageArray) -> list[Box]:
    return [face.box for face in detector.detect(frame)[:1]]


if __name__ == "__main__":
    main()
