"""Turns aligned faces into vectors with dlib's face recognition network, run in onnxruntime."""

from pathlib import Path

import numpy as np

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.onnx import Session


class Embedder:
    """The embedder of the default pack.

    Args:
        path: the converted network, `embedder.onnx`.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def describe(self, chips: ImageArray) -> FloatArray:
        """Describe faces as dlib does.

        Args:
            chips: (n, 150, 150, 3), uint8, RGB, from `alignment.face_chip`.

        Returns:
            (n, 128), float32, not normalised.
        """
        return self._session.run(chips=chips)

    def embed(self, chip: ImageArray) -> FloatArray:
        """The vector that faces are compared by: the mean direction of the chip's and its mirror image's descriptors.

        Args:
            chip: (150, 150, 3), uint8, RGB, from `alignment.face_chip`.

        Returns:
            (128,), float32, unit length.
        """
        descriptors = self.describe(np.stack([chip, chip[:, ::-1]]))
        directions = descriptors / np.linalg.norm(descriptors, axis=1, keepdims=True)
        total = directions.sum(axis=0)
        vector: FloatArray = (total / np.linalg.norm(total)).astype(np.float32)
        return vector
