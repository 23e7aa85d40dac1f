"""Finds faces with dlib's fully convolutional max-margin detector, run in onnxruntime."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models import pyramid
from likeness.models.onnx import Session

# The mean colour and window stand in the weight file, as do the two limits of overlap below.
MEAN_RGB = np.array((122.782, 117.001, 104.298), dtype=np.float32)
WINDOW_PX = 80
OVERLAP_LIMIT = 0.3382761351109955
# Three 5x5 convolutions of stride 2 without padding: a score's place p in the output is p * 8 + 14 in the input.
STRIDE_PX, FIRST_CENTRE_PX = 8, 14


class Detector:
    """The detector of the default pack.

    Args:
        path: the converted network, `detector.onnx`.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def detect(self, image: ImageArray) -> list[Face]:
        """Find the faces whose width is from a tenth to nine tenths of the picture's.

        Args:
            image: (height, width, 3), uint8, RGB.

        Returns:
            Faces of positive score with whole-numbered boxes in pixels of `image`, the largest first.
        """
        found = []
        width_px = WINDOW_PX / 0.95
        while width_px < WINDOW_PX / 0.095:
            scale = width_px / image.shape[1]
            height_px = max(1, round(image.shape[0] * scale))
            level = np.empty((height_px + 22, round(width_px) + 22, 3), dtype=np.float32)
            level[:] = MEAN_RGB
            level[11:-11, 11:-11] = _resized(image, round(width_px), height_px)
            for score, x, y in _peaks(self._session.run(pixels=level), 0.0):
                half = (WINDOW_PX - 1) / 2
                centre = np.array([x, y, x, y]) - 11 + 0.5
                corners = (centre + [-half, -half, half, half]) / scale - 0.5
                found.append(Face(_whole(corners), score))
            width_px *= 1.2
        return sorted(suppress(found), key=lambda face: face.box.area_px, reverse=True)

    def detect_exhaustively(self, image: ImageArray, upsample: int = 0) -> list[Face]:
        """Find every face as dlib does, whatever it costs: all levels of the pyramid on one plane.

        Args:
            image: (height, width, 3), uint8, RGB.
            upsample: how often to double the picture first; faces under 80 pixels wide need it.

        Returns:
            Faces of positive score with whole-numbered boxes in pixels of `image`, the largest first.
        """
        factor = 2**upsample
        if upsample:
            image = _resized(image, image.shape[1] * factor, image.shape[0] * factor)
        whole, placed = pyramid.plane(image, MEAN_RGB)
        found = []
        for score, x, y in _peaks(self._session.run(pixels=whole), 0.0):
            level = pyramid.nearest(placed, x, y)
            tile = placed[level]
            found.append(Face(_box_above(x - tile.left, y - tile.top, level), score))
        faces = [Face(face.box.scaled(1 / factor), face.score) for face in suppress(found)]
        return sorted(faces, key=lambda face: face.box.area_px, reverse=True)


def _resized(image: ImageArray, width_px: int, height_px: int) -> ImageArray:
    smaller = width_px < image.shape[1]
    resized = cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.uint8)


def _peaks(scores: FloatArray, threshold: float) -> list[tuple[float, int, int]]:
    """Scores over the threshold with the centres of their windows, x and y in pixels of the network's input."""
    rows, columns = np.nonzero(scores > threshold)
    return [
        (float(scores[row, column]), int(column) * STRIDE_PX + FIRST_CENTRE_PX, int(row) * STRIDE_PX + FIRST_CENTRE_PX)
        for row, column in zip(rows, columns, strict=True)
    ]


def _box_above(x: float, y: float, level: int) -> Box:
    """The window around a point of a pyramid level as a box of the picture, rounded as dlib does."""
    half = (WINDOW_PX - 1) / 2
    corners = np.array([x - half, y - half, x + half, y + half])
    for _ in range(level):  # pyramid_down<6>::point_up
        corners = corners * (6 / 5) + 0.3
    return _whole(corners)


def _whole(corners: NDArray[np.float64]) -> Box:
    """A box from the centres of its first and last pixels; halves are rounded away from zero."""
    left, top, right, bottom = (float(value) for value in np.trunc(corners + np.copysign(0.5, corners)))
    return Box(left, top, right + 1, bottom + 1)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two boxes show one face: dlib sets the common part against the box that *encloses* both."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    if width <= 0 or height <= 0:
        return False
    outer_width = max(one.right, other.right) - min(one.left, other.left)
    outer_height = max(one.bottom, other.bottom) - min(one.top, other.top)
    return width * height / (outer_width * outer_height) > OVERLAP_LIMIT


def suppress(faces: list[Face]) -> list[Face]:
    """Keep the best-scored face of each group of overlapping ones, the best first."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda face: face.score, reverse=True):
        if not any(_overlap(face.box, other.box) for other in kept):
            kept.append(face)
    return kept
