"""Derives every threshold of `domain/decision.py` from data and writes `src/likeness/thresholds.json`.

Run after `training.genuineness` and `likeness calibrate`, whose results it reads.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from likeness.domain.confidence import Calibration
from likeness.domain.face import FloatArray
from likeness.domain.thresholds import SAME_PERSON_FMR, Thresholds
from likeness.pipeline.clip import DURATION_MIN_S, SAMPLED_FRAMES
from likeness.pipeline.face import FaceReader
from training.footage import (
    FRAMES_PER_S,
    SHORT_BUDGET,
    Columns,
    all_frames_seen,
    crowded_share,
    face_frames,
    stranger_share,
)
from training.limits import (
    Derived,
    face_width,
    frames_seen,
    largest_face_ratio,
    monochrome,
    quality_limit,
    same_person,
)
from training.observe import Observed, observe, open_reader
from training.pictures import Picture, cfp, lfw, london, models_path

COMMAND = "python -m training.thresholds --data DIR"
PACKAGE = Path(__file__).parents[1] / "src" / "likeness"
SUBJECT_SHARE = 0.99
"""Pictures in which the clearly largest face must be the right one."""
QUALITY_BUDGET = 0.005
"""Bona fide faces each quality limit may refuse."""
BONA_FIDE = "LFW, CFP frontal, London, frames of live selfie clips and of GRID"
LIVE = "live selfie clips and GRID"
LIMITS = (
    ("min_sharpness", 1, False, "variance of the Laplacian, grey levels squared"),
    ("min_brightness", 2, False, "mean grey level, 0-255"),
    ("max_brightness", 2, True, "mean grey level, 0-255"),
    ("min_contrast", 3, False, "standard deviation of grey levels"),
)


def entry(derived: Derived, unit: str, data: str, budget: str, command: str = COMMAND) -> dict[str, Any]:
    """One threshold as it stands in the file."""
    return {
        "value": derived.value,
        "unit": unit,
        "data": data,
        "budget": budget,
        "observed": derived.observed,
        "command": command,
    }


def live_clips(data: Path) -> dict[str, Path]:
    """Clips of one live person each."""
    return {path.stem: path for folder in ("clips/live_*", "grid/s1/*.mpg") for path in sorted(data.glob(folder))}


def derive(data: Path, models: Path, work: Path) -> dict[str, dict[str, Any]]:
    """Every entry of the file."""
    reader = open_reader(models, "default")
    calibration = Calibration.from_dict(json.loads((PACKAGE / "packs/default/calibration.json").read_text("utf-8")))
    faces = observe(lfw(data), reader, work, centred=True)
    sets = {"LFW": faces, "CFP": observe(cfp(data), reader, work), "London": observe(london(data), reader, work)}
    clips = frames_seen(live_clips(data), reader)
    groups = bona_fide(sets, clips)
    entries = {
        "largest_face_ratio": entry(
            largest_face_ratio(faces, SUBJECT_SHARE),
            "area of face box over area of face box",
            "LFW pictures with several faces; the subject is the central one",
            f"the largest is the subject in at least {SUBJECT_SHARE:.0%}",
        ),
        "min_face_width_px": entry(
            face_width(lfw(data), faces, reader, calibration.score_at(1e-3)),
            "pixels of the upload",
            "LFW faces made smaller against another picture of the person",
            "FNMR at FMR 1e-3 at most twice that of the whole picture",
        ),
        "same_person_similarity": entry(
            same_person({name: clip["vector"] for name, clip in clips.items()}, calibration, SAME_PERSON_FMR),
            "cosine of a frame to the best frame",
            "LFW strangers (calibration.json); live clips and GRID for what it costs",
            f"at most {SAME_PERSON_FMR:.0%} of strangers' frames pass",
        ),
        "monochrome_chroma": entry(
            monochrome(lfw(data), sets, "London"),
            "CIELAB a-b distance from grey",
            "London, all in colour; LFW turned grey and saved as JPEG",
            "half-way between the greyest 99.9 % of grey and the palest 0.5 % of London",
        ),
    }
    for name, column, upper, unit in LIMITS:
        derived = quality_limit(groups, column, QUALITY_BUDGET, upper=upper)
        entries[name] = entry(derived, unit, BONA_FIDE, f"refuses at most {QUALITY_BUDGET:.1%} of each group")
    frames = all_frames_seen(live_clips(data), reader)
    portraits = {name: sets[name] for name in ("CFP", "London")}
    return entries | clip_entries(frames, portraits, london(data), reader, entries)


def clip_entries(
    frames: dict[str, Columns],
    portraits: dict[str, Observed],
    pictures: list[Picture],
    reader: FaceReader,
    entries: dict[str, dict[str, Any]],
) -> dict[str, dict[str, Any]]:
    """The entries that judge a clip as a whole; `entries` has the thresholds they build on."""
    same = entries["same_person_similarity"]["value"]
    crowd = crowded_share(frames, pictures, entries["largest_face_ratio"]["value"], reader)
    return {
        "max_stranger_share": entry(
            stranger_share(frames, portraits, same),
            "share of a clip's frames with a face",
            f"{LIVE}, whole and each 2 s; London and CFP portraits, swapped after each frame",
            f"the least, in frames of {SAMPLED_FRAMES} and not none, that refuses no genuine clip whichever is best",
        ),
        "min_face_frames": entry(
            face_frames(frames),
            "sampled frames of a clip",
            f"{LIVE}, in pieces of {DURATION_MIN_S} s at {FRAMES_PER_S:.0f} frames a second",
            f"the most that refuses at most {SHORT_BUDGET:.0%} of the pieces",
        ),
        "crowded_share": entry(
            crowd,
            "share of a clip's frames with a face",
            f"{LIVE}, whole and each 2 s; London portraits side by side",
            "half-way between the most of genuine clips and that of two people",
        ),
    }


def bona_fide(sets: dict[str, Observed], clips: dict[str, dict[str, Any]]) -> dict[str, FloatArray]:
    """Quality of every bona fide face, (n, 4), by group; clips of GRID and of selfies are groups of their own."""
    groups = {name: seen.quality[seen.found] for name, seen in sets.items()}
    for name, selfie in (("selfie_clips", True), ("grid_clips", False)):
        chosen = [clip["quality"] for stem, clip in clips.items() if stem.startswith("live_") == selfie]
        if chosen:
            groups[name] = np.concatenate(chosen)
    return groups


def main() -> None:
    """Derive, check against the type that reads them, and write."""
    parser = argparse.ArgumentParser(prog="python -m training.thresholds", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp, london, clips, grid")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--work", type=Path, default=Path("build/observed"), help="where observations are kept")
    parser.add_argument("--json", action="store_true", help="print every entry, not values alone")
    options = parser.parse_args()
    entries = derive(options.data, options.models, options.work)
    Thresholds.from_dict(entries)
    (PACKAGE / "thresholds.json").write_text(json.dumps(entries, indent=1) + "\n")
    values = {name: item["value"] for name, item in entries.items()}
    json.dump(entries if options.json else values, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
