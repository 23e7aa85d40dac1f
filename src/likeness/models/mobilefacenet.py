"""Turns faces into vectors with MobileFaceNet, run in onnxruntime.

Chen, Liu, Gao, Han: "MobileFaceNets: efficient CNNs for accurate real-time face verification on mobile devices" (2018).
"""

from pathlib import Path

import numpy as np

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.onnx import Session
from likeness.models.similarity import cut, fit
from likeness.models.views import Embedded, View, points_of

SIDE_PX = 112
# Where the eyes, the tip of the nose and the corners of the mouth lie in the pictures that the network and most others
# since SphereFace (Liu et al. 2017) were trained on: the authors' 112 x 96 template, moved 8 pixels to the right.
TEMPLATE = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
# Mean and standard deviation of ImageNet's pixels, red, green and blue, 0 to 1; the network was trained on pictures
# normalised by them.
_MEAN = np.array((0.485, 0.456, 0.406), np.float32) * 255
_DEVIATION = np.array((0.229, 0.224, 0.225), np.float32) * 255


class MobileFaceNet:
    """The embedder of the mobile pack; needs a detector that gives five points.

    Args:
        path: the network; input `input0`, float32 (1, 3, 112, 112), RGB, normalised; output float32 (1, 128).
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def describe(self, chip: ImageArray) -> FloatArray:
        """Describe one aligned face, (112, 112, 3), uint8, RGB, as the network does: (128,), not normalised."""
        planes = np.ascontiguousarray(((chip - _MEAN) / _DEVIATION).transpose(2, 0, 1)[None])
        described: FloatArray = self._session.run(input0=planes)[0]
        return described

    def embed(self, view: View) -> Embedded:
        """A vector of 128 numbers from the face and its mirror image."""
        chip = aligned(view)
        return Embedded.of(self.describe(chip), self.describe(chip[:, ::-1]))


def aligned(view: View) -> ImageArray:
    """The face as the network takes it: (112, 112, 3), uint8, RGB.

    Raises:
        ValueError: the face comes from a detector that gives no points.
    """
    return cut(view.pixels, fit(TEMPLATE, points_of(view.face)), SIDE_PX)
