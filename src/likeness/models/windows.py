"""What the detector's scores mean: places, windows, boxes and which of them show one face."""

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, Face, FloatArray, ImageArray

# The mean colour and window stand in the weight file, as does the limit of overlap below.
MEAN_RGB = np.array((122.782, 117.001, 104.298), dtype=np.float32)
WINDOW_PX = 80
OVERLAP_LIMIT = 0.3382761351109955
# Three 5x5 convolutions of stride 2 without padding: a score's place p in the output is p * 8 + 14 in the input.
STRIDE_PX, FIRST_CENTRE_PX = 8, 14


def centres(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float64]:
    """Centres of the windows that the scores at these places judge: (n, 2), x and y, pixels of the network's input."""
    return np.stack([columns, rows], axis=1).astype(np.float64) * STRIDE_PX + FIRST_CENTRE_PX


def whole_boxes(corners: NDArray[np.float64]) -> list[Box]:
    """Boxes from the centres of their first and last pixels (n, 4); halves are rounded away from zero, as dlib does."""
    whole = np.trunc(corners + np.copysign(0.5, corners)).tolist()
    return [Box(left, top, right + 1, bottom + 1) for left, top, right, bottom in whole]


def suppress(faces: list[Face]) -> list[Face]:
    """Keep the best-scored face of each group of overlapping ones, the best first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: face.score, reverse=True):
        if not any(_overlap(face.box, other.box) for other in kept):
            kept.append(face)
    return kept


def largest_first(faces: list[Face]) -> list[Face]:
    """Sort faces by the area of their boxes."""
    return sorted(faces, key=lambda face: face.box.area_px, reverse=True)


def on_ground(image: ImageArray, border_px: int) -> FloatArray:
    """A picture in a frame of the mean colour, which the network takes for nothing: float32, 0-255 scale."""
    sides = (border_px, border_px, border_px, border_px)
    laid = cv2.copyMakeBorder(image.astype(np.float32), *sides, cv2.BORDER_CONSTANT, value=MEAN_RGB.tolist())
    return np.asarray(laid, dtype=np.float32)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes show one face: dlib sets the common part against the box that *encloses* both."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return False
    outer_width = max(one.right, other.right) - min(one.left, other.left)
    outer_height = max(one.bottom, other.bottom) - min(one.top, other.top)
    return width * height / (outer_width * outer_height) > OVERLAP_LIMIT
