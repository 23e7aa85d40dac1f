"""Measures how tall a face's box is, and writes it into the manifest of pack mobile for its second opinion.

MiniFASNet was trained on surroundings of boxes that a detector drew as WIDER FACE's annotators did: from the hairline
to the chin, narrower than high. YuNet learned from the same set, but tells its faces by squares, as dlib does. This
command measures what lies between the two, so that the squares can be turned back. It uses the detector's own
parameters: run `training.boxes` first.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import FloatArray
from likeness.models import packs
from likeness.models.yunet import Network, square_box
from training.boxes import FAINT_SCORE, JOINING, MANIFEST
from training.pictures import Picture, lfw, models_path, read


def best_box(picture: Picture, network: Network, least_score: float) -> FloatArray | None:
    """The network's box, (4,), in pixels of the picture, of the face nearest to its middle; None without one."""
    pixels = read(picture.path)
    found, factor = network.look(pixels, FAINT_SCORE, JOINING)
    boxes: FloatArray = found.box[found.score >= least_score] / np.float32(factor)
    if len(boxes) == 0:
        return None
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest: FloatArray = boxes[np.hypot(*(centres - np.array(pixels.shape[1::-1]) / 2).T).argmin()]
    return nearest


def beside(box: FloatArray, width: float, offset: NDArray[np.float64]) -> list[float]:
    """Logarithms of the box's width and height, and the offset of its centre, all in widths of the square told of it.

    Args:
        box: the network's, (4,).
        width: of the detector's parameters, `box_width`.
        offset: of those, `box_offset`.
    """
    square, wide = square_box(box, width, offset), box.astype(np.float64)
    size = np.log((wide[2:] - wide[:2]) / square.width_px)
    shift = (wide[:2] + wide[2:]) / 2 - np.array([square.left + square.right, square.top + square.bottom]) / 2
    return [*size, *(shift / square.width_px)]


def derive(data: Path, models: Path, most: int) -> dict[str, Any]:
    """The parameters that say where a face's box lies, and under `derived` what was observed."""
    detector = packs.prepare(packs.load("mobile"), models).detector
    network, told = Network(detector.paths[0]), detector.parameters
    first = {picture.person: picture for picture in reversed(lfw(data))}
    pictures = sorted(first.values(), key=lambda picture: picture.path)[:most]
    boxes = [best_box(it, network, told["least_score"]) for it in track(pictures, description="LFW")]
    rows = np.array([beside(it, told["box_width"], np.array(told["box_offset"])) for it in boxes if it is not None])
    width, height = np.exp(rows.mean(axis=0)[:2])
    return {
        "face_width": round(float(width), 4),
        "face_height": round(float(height), 4),
        "face_offset": rows.mean(axis=0)[2:].round(4).tolist(),
        "derived": {
            "command": "python -m training.surroundings --data DIR",
            "data": "LFW, the first picture of each person",
            "pictures": len(pictures),
            "seen": len(rows),
            "log_aspect_deviation": round(float(np.std(rows[:, 1] - rows[:, 0])), 4),
        },
    }


def main() -> None:
    """Derive, print and write."""
    parser = argparse.ArgumentParser(prog="python -m training.surroundings", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--people", type=int, default=100_000, help="at most so many")
    options = parser.parse_args()
    derived = derive(options.data, options.models, options.people)
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    manifest["stages"]["second_opinion"]["parameters"] |= derived
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(derived, indent=1))


if __name__ == "__main__":
    main()
