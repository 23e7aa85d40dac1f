"""Compares the search by need with dlib's whole pyramid: `python -m training.agreement FOLDER [--pictures 1500]`.

Prints how many faces that the whole pyramid finds are missed (the main one: the largest times the surest; second ones:
of at least half its width), and what both cost on one thread.
"""

import argparse
import random
import time
from pathlib import Path

import cv2
import numpy as np

from likeness.domain.face import Box, Face, ImageArray
from likeness.models.detector import Detector
from likeness.settings import Settings

SUFFIXES = {".jpg", ".jpeg", ".png"}
# The whole pyramid takes seconds on larger pictures.
LONGEST_SIDE_PX = 900
SAME_FACE = 0.3  # intersection over union; the two choose their scales differently
SECOND_FACE = 0.5
SEED = 5


def main() -> None:
    """Print the counts of one folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=1500)
    arguments = parser.parse_args()
    detector = Detector(Settings().models_path / "default" / "detector.onnx")
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    random.Random(SEED).shuffle(paths)  # noqa: S311  a sample, not a secret
    mains = main_missed = seconds = second_missed = 0
    fast_ms, whole_ms = [], []
    for path in paths[: arguments.pictures]:
        image = _read(path)
        if image is None:
            continue
        started = time.perf_counter()
        whole = detector.detect_exhaustively(image)
        between = time.perf_counter()
        fast = detector.detect(image)
        whole_ms.append((between - started) * 1e3)
        fast_ms.append((time.perf_counter() - between) * 1e3)
        if not whole:
            continue
        main_face = max(whole, key=lambda face: face.box.area_px * face.score)
        mains += 1
        main_missed += not _has(fast, main_face.box)
        others = [it for it in whole if it is not main_face and _matters(it, main_face)]
        seconds += len(others)
        second_missed += sum(not _has(fast, face.box) for face in others)
    print(f"main faces missed: {main_missed} of {mains}; second faces missed: {second_missed} of {seconds}")
    print(f"median ms: by need {np.median(fast_ms):.1f}, whole pyramid {np.median(whole_ms):.1f}")


def _read(path: Path) -> ImageArray | None:
    image = cv2.imread(str(path))
    if image is None:
        return None
    factor = LONGEST_SIDE_PX / max(image.shape)
    if factor < 1:
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(image[:, :, ::-1], dtype=np.uint8)


def _matters(face: Face, main_face: Face) -> bool:
    return face.box.width_px >= SECOND_FACE * main_face.box.width_px


def _has(faces: list[Face], box: Box) -> bool:
    return any(_intersection_over_union(face.box, box) > SAME_FACE for face in faces)


def _intersection_over_union(one: Box, other: Box) -> float:
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(width, 0) * max(height, 0)
    return common / (one.area_px + other.area_px - common)


if __name__ == "__main__":
    main()
