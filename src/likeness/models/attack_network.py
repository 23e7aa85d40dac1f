"""A small network that tells one kind of attack from live faces, by the face's texture and by what is around it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models.crops import around
from likeness.models.onnx import Session

PADDING_LEVEL = 128
"""Grey level of what lies beyond the picture."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A square `times` as wide as the face's box, at `side_px`."""

    times: float
    side_px: int

    def of(self, image: ImageArray, box: Box) -> ImageArray:
        """(side_px, side_px, 3), uint8, RGB, of a picture (height, width, 3)."""
        return around(image, box, self.times, self.side_px, PADDING_LEVEL)


TEXTURE = Crop(1.1, 128)
"""The face alone, fine enough for halftone, moire and a generator's traces."""
SURROUNDINGS = Crop(2.7, 96)
"""Head and shoulders, and the edge of a sheet or a display around them."""


class AttackNetwork:
    """One network of `training.genuineness`.

    It maps `texture` and `surroundings`, each (1, side, side, 3), uint8, RGB, to `evidence` (2,) float32: what each
    view adds, in log-odds; their sum is calibrated for attacks as frequent as bona fide faces.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def evidence(self, texture: ImageArray, surroundings: ImageArray) -> FloatArray:
        """Log-odds that the texture and the surroundings add: (2,)."""
        result = self._session.run(texture=texture[np.newaxis], surroundings=surroundings[np.newaxis])
        return np.asarray(result, np.float32)
