"""Measures how low the detector scores faces of other sizes than its window's: `python -m training.repulsion LFW`.

The limits in `likeness/models/search.py` come from this table. Faces of the data set (a folder of <person>/*.jpg) are
scaled to each width and laid on photographed textures; the lowest score near the face is what the search has to go by.
"""

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from likeness.domain.face import Box, ImageArray
from likeness.models.detector import Detector
from likeness.models.onnx import Session
from likeness.models.windows import WINDOW_PX, centres
from likeness.settings import Settings

WIDTHS_PX = (14, 17, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 120, 140)
TEXTURES = ("brick", "grass", "gravel", "coffee", "chelsea", "rocket", "text", "page", "coins")
BORDER_PX = 80
SEED = 9


def main() -> None:
    """Print one line for each face width."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="LFW: <person>/*.jpg")
    parser.add_argument("--pictures", type=int, default=250)
    arguments = parser.parse_args()
    path = Settings().models_path / "default" / "detector.onnx"
    faces = list(_faces(Detector(path), arguments.folder, arguments.pictures))
    session, chance = Session(path), np.random.default_rng(SEED)
    textures = [_rgb(getattr(skimage.data, name)()) for name in TEXTURES]
    print(f"{len(faces)} faces; near the face: found, and the score that 95, 98, 99 of 100 fall below somewhere")
    for width_px in WIDTHS_PX:
        near = [_near(session, image, box, width_px, textures[chance.integers(len(textures))]) for image, box in faces]
        lowest = np.percentile([scores.min() for scores in near], (95, 98, 99))
        found = np.mean([scores.max() > 0 for scores in near])
        print(f"{width_px:4d} px  found {found:6.1%}  " + "  ".join(f"{score:6.2f}" for score in lowest), flush=True)


def _faces(detector: Detector, folder: Path, count: int) -> Iterator[tuple[ImageArray, Box]]:
    """Pictures with one face, which is wholly inside."""
    paths = sorted(folder.glob("*/*.jpg"))
    random.Random(SEED).shuffle(paths)  # noqa: S311  a sample, not a secret
    for path in paths:
        image = _rgb(np.asarray(cv2.imread(str(path)), dtype=np.uint8)[:, :, ::-1])
        found = detector.detect_exhaustively(image)
        if len(found) == 1 and min(found[0].box.left, found[0].box.top) >= 0:
            yield image, found[0].box
            count -= 1
        if count == 0:
            return


def _near(session: Session, image: ImageArray, box: Box, width_px: int, texture: ImageArray) -> NDArray[np.float32]:
    """The detector's scores within 0.6 face widths of the centre of a face of the given width."""
    factor = width_px / box.width_px
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    whole = (size[0] + 2 * BORDER_PX, size[1] + 2 * BORDER_PX)
    plane = np.asarray(cv2.resize(texture, whole, interpolation=cv2.INTER_AREA), dtype=np.float32)
    plane[BORDER_PX:-BORDER_PX, BORDER_PX:-BORDER_PX] = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    scores = session.run(pixels=plane)
    rows, columns = np.indices(scores.shape)
    middle = np.array([box.left + box.right, box.top + box.bottom]) / 2 * factor + BORDER_PX
    distance = np.abs(centres(rows.ravel(), columns.ravel()) - middle).max(axis=1)
    near: NDArray[np.float32] = scores.ravel()[distance < max(0.6 * width_px, WINDOW_PX / 5)]
    return near


def _rgb(image: NDArray[np.uint8]) -> ImageArray:
    colours = image if image.ndim > 2 else np.stack([image] * 3, axis=-1)  # noqa: PLR2004  grey has two axes
    return np.ascontiguousarray(colours[:, :, :3])


if __name__ == "__main__":
    main()
