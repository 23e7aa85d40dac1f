"""Turns aligned faces into vectors with dlib's face recognition network, run in onnxruntime."""

from pathlib import Path

import numpy as np

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.onnx import Session
from likeness.models.views import Embedded, View


class DlibEmbedder:
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

    def embed(self, view: View) -> Embedded:
        """A vector of 128 numbers from the chip and its mirror image."""
        return Embedded.of(*self.describe(np.stack([view.chip, view.chip[:, ::-1]])))
