"""Places five landmarks on a face with dlib's cascade of regression trees, run in onnxruntime."""

from pathlib import Path

import numpy as np

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models.onnx import Session


class Landmarks:
    """The landmark model of the default pack: two corners of each eye and the base of the nose.

    Order: outer and inner corner of the eye on the right of the picture, outer and inner corner of the one on the
    left, nose.

    Args:
        path: the converted trees, `landmarks.onnx`.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def locate(self, image: ImageArray, box: Box) -> FloatArray:
        """Place the landmarks of one face.

        Args:
            image: (height, width, 3), uint8, RGB, rows without gaps.
            box: the face in pixels of `image`, as the detector gives it; may reach beyond the picture.

        Returns:
            (5, 2), float32: x and y in pixels, whole numbers, as dlib rounds them.
        """
        height_px, width_px = image.shape[:2]
        corner = np.array([box.left, box.top], dtype=np.float64)
        span = np.array([box.right - 1, box.bottom - 1], dtype=np.float64) - corner
        shape = self._session.run(
            pixels=np.ascontiguousarray(image).reshape(-1, 3),
            size=np.array([width_px, height_px], dtype=np.int32),
            corner=corner,
            span=span,
        )
        points = shape.astype(np.float64).reshape(-1, 2) * span + corner
        whole: FloatArray = np.floor(points + 0.5).astype(np.float32)
        return whole
