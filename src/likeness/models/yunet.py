"""Finds faces with YuNet, run in onnxruntime: at 320 pixels first, at 640 where that finds nothing sure or small faces.

Its faces are told as dlib's detector tells them, by upright square boxes of the same place and size, because every
limit on faces is stated in those; the networks' five points come along.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models.anchors import Candidates, candidates, one_each
from likeness.models.onnx import Session
from likeness.models.similarity import fit
from likeness.models.windows import largest_first


class YuNetDetector:
    """The detector of the mobile pack.

    Args:
        paths: the networks, coarse first; each has one input, float32 (1, 3, side, side), BGR, 0-255 scale.
        parameters: of the manifest; `training.boxes` derives them:
            least_score: a face from this score on, 0 to 1.
            sure_score: where no face scores this much at the coarse look, the finer one decides.
            least_width_px: where a face of the coarse look is narrower in the network's input, the finer one decides.
            overlap_limit: share of what two boxes cover together, over which they show one face.
            box_points: (5, 2), places of the points in dlib's box, 0 to 1.
    """

    def __init__(self, paths: tuple[Path, ...], parameters: Mapping[str, Any]) -> None:
        self._networks = [_Network(path) for path in paths]
        self._least_score = float(parameters["least_score"])
        self._sure_score = float(parameters["sure_score"])
        self._least_width_px = float(parameters["least_width_px"])
        self._overlap_limit = float(parameters["overlap_limit"])
        self._box_points = np.array(parameters["box_points"], np.float64)

    def detect(self, image: ImageArray) -> list[Face]:
        """Find faces, also ones cut by the picture's border.

        Args:
            image: (height, width, 3), uint8, RGB.

        Returns:
            Faces with square boxes and five points (see `anchors.Candidates`) in pixels of `image`, the largest first.
        """
        faces: list[Face] = []
        for network in self._networks:
            found, factor = network.look(image, self._least_score, self._overlap_limit)
            faces = self._faces(found, factor)
            if faces and self._enough(faces, factor):
                break
        return largest_first(faces)

    def _enough(self, faces: list[Face], factor: float) -> bool:
        main = largest_first(faces)[0]
        return main.score >= self._sure_score and main.box.width_px * factor >= self._least_width_px

    def _faces(self, found: Candidates, factor: float) -> list[Face]:
        places = found.points / factor - 0.5  # the centre of the first pixel is 0 from here on
        return [
            Face(self._box(points), float(score), points) for score, points in zip(found.score, places, strict=True)
        ]

    def _box(self, points: FloatArray) -> Box:
        """The box that dlib's detector would draw, by where it draws it on average."""
        square = fit(self._box_points, points)
        ((x, y),) = square.of(np.array([(0.5, 0.5)])) + 0.5
        half = square.scale / 2
        return Box(float(x - half), float(y - half), float(x + half), float(y + half))


class _Network:
    """YuNet for one size of its input."""

    def __init__(self, path: Path) -> None:
        self._session = Session(path)
        ((self._input, shape),) = self._session.input_shapes.items()
        self._side_px = int(shape[2])

    def look(self, image: ImageArray, least_score: float, overlap_limit: float) -> tuple[Candidates, float]:
        """The faces in pixels of the input, and how many of those are one pixel of the picture."""
        planes, factor = on_square(image, self._side_px)
        outputs = self._session.run_all(**{self._input: planes})
        return one_each(candidates(outputs, self._side_px, least_score), overlap_limit), factor


def on_square(image: ImageArray, side_px: int) -> tuple[NDArray[np.float32], float]:
    """A picture, (height, width, 3), uint8, RGB, in the top left corner of a black square, as the networks take it.

    Returns:
        (1, 3, side_px, side_px), float32, BGR, 0-255 scale, and the factor that the picture was resized by.
    """
    height_px, width_px = image.shape[:2]
    factor = side_px / max(height_px, width_px)
    size = (max(1, round(width_px * factor)), max(1, round(height_px * factor)))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    square = np.zeros((side_px, side_px, 3), np.uint8)
    square[: size[1], : size[0]] = cv2.resize(image, size, interpolation=method)
    return np.asarray(cv2.dnn.blobFromImage(square, swapRB=True), np.float32), factor
