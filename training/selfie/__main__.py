"""Derives what selfies are judged by: `selfie/thresholds.json`, every pack's `cross_pose.json`, and a report.

Run after `training.selfie.network`, with pack `mobile` pulled.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from likeness.domain.selfie import CROSS_POSE_NAME, CrossPose, SelfieThresholds
from likeness.models import shared
from likeness.models.pose import PoseEstimator
from training.observe import PackReader, open_reader
from training.pictures import models_path
from training.selfie import cross, deriving, page, reporting, simulated, spoiled
from training.selfie.labels import labelled
from training.selfie.material import Faces, fitted, see, see_clip, sets
from training.selfie.posed import LIMIT_DEG, Posed, estimated

PACKAGE = Path(__file__).parents[2] / "src" / "likeness"
PACKS = ("default", "mobile", "mobile+dlib")


def cross_pose(reader: PackReader, posed: dict[str, Posed], clips: list[Posed]) -> dict[str, Any]:
    """The contents of a pack's `cross_pose.json`."""
    lfw = cross.ahead_and_turned(posed["LFW"], cross.TURNED_DEG)
    pairs = {"CFP": cross.Pairs.of(posed["CFP"], posed["CFP-profile"]), "LFW": cross.Pairs.of(*lfw)}
    frames = Posed(Faces.joined([it.faces for it in clips]), np.concatenate([it.pose for it in clips]))
    session = cross.Pairs.of(*cross.ahead_and_turned(frames, LIMIT_DEG))
    return {
        "pack": reader.pack.name,
        "fmr": cross.FMR,
        "model_digests": reader.pack.comparing_digests,
        "similarity": cross.entry(pairs, session),
    }


def main() -> None:
    """Look, derive, check against the types that read it, and write."""
    parser = argparse.ArgumentParser(prog="python -m training.selfie", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp, london and clips")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--work", type=Path, default=Path("build/selfie"), help="where observations are kept")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    estimator = PoseEstimator(shared.path(shared.POSE))
    told, teacher = labelled(options.data, options.models, options.work)
    posed: dict[str, dict[str, Posed]] = {}
    readers = {pack: open_reader(options.models, pack) for pack in PACKS}
    for pack, reader in readers.items():
        faces: dict[str, Faces] = {name: see(each, reader, options.work) for name, each in sets(options.data).items()}
        faces |= {path.stem: see_clip(path, reader, options.work) for path in deriving.clips(options.data)}
        posed[pack] = {name: estimated(seen, estimator) for name, seen in faces.items()}
        clips = [posed[pack][path.stem] for path in deriving.clips(options.data)]
        made = cross_pose(reader, posed[pack], clips)
        CrossPose.from_dict(made)
        _write(PACKAGE / "packs" / pack / CROSS_POSE_NAME, made)
    pictures = {name: readers[name] for name in deriving.PACKS}
    entries = deriving.derive(told, posed, options.data, pictures)
    limits = SelfieThresholds.from_dict(entries)
    _write(PACKAGE / "selfie" / "thresholds.json", entries)
    report = reporting.report(told, posed, teacher, estimator, limits)
    unfitted = [it for it in sets(options.data)["London"] if not fitted(it.person)][::2]
    report["simulated"] = simulated.checked(unfitted, pictures, estimator, teacher.heads)
    portraits = deriving.reported_portraits(options.data)
    report["spoiled"] = {name: spoiled.refused(each, pictures, limits) for name, each in portraits.items()}
    _write(Path(__file__).parent / "report.json", report)
    page.write()


def _write(path: Path, contents: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(contents, indent=1) + "\n")


if __name__ == "__main__":
    main()
