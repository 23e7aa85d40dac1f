"""Finds faces with dlib's fully convolutional max-margin detector, run in onnxruntime."""

from pathlib import Path

import cv2
import numpy as np

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models import pyramid
from likeness.models.onnx import Session
from likeness.models.search import Search
from likeness.models.windows import MEAN_RGB, WINDOW_PX, centres, largest_first, suppress, whole_boxes

# What three 5x5 convolutions of stride 2 without padding need to leave a single value.
NARROWEST_PX = 29


class Detector:
    """The detector of the default pack.

    Args:
        path: the converted network, `detector.onnx`.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def detect(self, image: ImageArray) -> list[Face]:
        """Find the faces whose width is from a tenth to nine tenths of the picture's, also ones cut by its border.

        Beside a large face, faces under 45 % of its width may be left out: they are not looked for.

        Args:
            image: (height, width, 3), uint8, RGB.

        Returns:
            Faces of positive score with whole-numbered boxes in pixels of `image`, the largest first.
        """
        return Search(self._scores, image).faces()

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
            size = (image.shape[1] * factor, image.shape[0] * factor)
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        whole, placed = pyramid.plane(image, MEAN_RGB)
        scores = self._scores(whole)
        places = np.nonzero(scores > 0)
        found = []
        for score, (x, y) in zip(scores[places], centres(*places), strict=True):
            level = pyramid.nearest(placed, x, y)
            tile = placed[level]
            found.append(Face(_box_above(x - tile.left, y - tile.top, level), float(score)))
        faces = suppress(found)
        return largest_first([Face(face.box.scaled(1 / factor), face.score) for face in faces] if upsample else faces)

    def _scores(self, pixels: FloatArray) -> FloatArray:
        if min(pixels.shape[:2]) < NARROWEST_PX:
            return np.empty((0, 0), dtype=np.float32)
        return self._session.run(pixels=pixels)


def _box_above(x: float, y: float, level: int) -> Box:
    """The window around a point of a pyramid level as a box of the picture, rounded as dlib does."""
    half = (WINDOW_PX - 1) / 2
    corners = np.array([x - half, y - half, x + half, y + half])
    for _ in range(level):  # pyramid_down<6>::point_up
        corners = corners * (6 / 5) + 0.3
    return whole_boxes(corners[None])[0]
