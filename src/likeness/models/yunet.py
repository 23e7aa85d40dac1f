"""Finds faces with YuNet, run in onnxruntime: at 320 pixels first, at 640 where that finds nothing or small faces.

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
from likeness.models.anchors import Candidates, Joining, candidates, joined
from likeness.models.onnx import Session
from likeness.models.windows import largest_first


class YuNetDetector:
    """The detector of the mobile pack.

    Args:
        paths: the networks, coarse first; each has one input, float32 (1, 3, side, side), BGR, 0-255 scale.
        parameters: of the manifest; `training.boxes` derives them:
            least_score: a face from this score on, 0 to 1.
            least_width_px: where the largest face of a look is narrower in the network's input, a finer one follows.
            overlap_limit, pooled_score, pooled_overlap: see `anchors.Joining`.
            box_width: of dlib's box, in roots of the area of the network's.
            box_offset: x and y from the centre of the network's box to that of dlib's, in dlib's widths.
    """

    def __init__(self, paths: tuple[Path, ...], parameters: Mapping[str, Any]) -> None:
        self._networks = [Network(path) for path in paths]
        self._least_score = float(parameters["least_score"])
        self._least_width_px = float(parameters["least_width_px"])
        names = ("overlap_limit", "pooled_score", "pooled_overlap")
        self._joining = Joining(*(float(parameters[name]) for name in names))
        self._box_width = float(parameters["box_width"])
        self._box_offset = np.array(parameters["box_offset"], np.float64)

    def detect(self, image: ImageArray) -> list[Face]:
        """Find faces, also ones cut by the picture's border.

        Args:
            image: (height, width, 3), uint8, RGB.

        Returns:
            Faces with square boxes and five points (see `anchors.Candidates`) in pixels of `image`, the largest first.
        """
        faces: list[Face] = []
        for network in self._networks:
            found, factor = network.look(image, self._least_score, self._joining)
            faces = self._faces(found, factor) or faces
            # The finer network takes parts of a large face for faces, so it looks only where it has to.
            if faces and faces[0].box.width_px * factor >= self._least_width_px:
                break
        return faces

    def _faces(self, found: Candidates, factor: float) -> list[Face]:
        boxes, places = found.box / np.float32(factor), found.points / np.float32(factor)
        return largest_first(
            [
                Face(square_box(box, self._box_width, self._box_offset), float(score), points)
                for score, box, points in zip(found.score, boxes, places, strict=True)
            ]
        )


def square_box(box: FloatArray, width: float, offset: NDArray[np.float64]) -> Box:
    """The box that dlib's detector would draw: by the network's box (4,), and where dlib draws its own on average."""
    left_top, right_bottom = box[:2].astype(np.float64), box[2:].astype(np.float64)
    side = width * float(np.sqrt(np.prod(right_bottom - left_top)))
    x, y = (left_top + right_bottom) / 2 + offset * side
    return Box(float(x - side / 2), float(y - side / 2), float(x + side / 2), float(y + side / 2))


class Network:
    """YuNet for one size of its input."""

    def __init__(self, path: Path) -> None:
        self._session = Session(path)
        ((self._input, shape),) = self._session.input_shapes.items()
        self.side_px = int(shape[2])

    def look(self, image: ImageArray, least_score: float, joining: Joining) -> tuple[Candidates, float]:
        """The faces in pixels of the input, and how many of those are one pixel of the picture."""
        planes, factor = on_square(image, self.side_px)
        outputs = self._session.run_all(**{self._input: planes})
        found = candidates(outputs, self.side_px, min(least_score, joining.pooled_score))
        return joined(found, least_score, joining), factor


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
