"""A small network that tells one kind of attack from live faces, by the face's texture and by what is around it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models.crops import around, inside
from likeness.models.onnx import Session

PADDING_LEVEL = 128
"""Grey level of what lies beyond the picture."""
TEXTURE_TIMES, TEXTURE_PX = 1.1, 128
"""Side of the texture's crop over the width of the face's box, and in pixels. Narrower ones ranked worse, and wider
ones reach beyond most of the tight crops that are trained on; most of these are 100 to 400 px wide."""
SURROUNDINGS_TIMES, SURROUNDINGS_PX = 2.7, 96
"""Head and shoulders, and the edge of a sheet or a display around them."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What detectors see of a face.

    texture: (128, 128, 3), uint8, RGB, the face alone, fine enough for halftone, moire and a generator's traces.
    surroundings: (96, 96, 3), likewise, grey where the picture ends.
    """

    texture: ImageArray
    surroundings: ImageArray

    @classmethod
    def of(cls, image: ImageArray, box: Box) -> "Views":
        """Cut them out of a picture, (height, width, 3), uint8, RGB, upright; `box`: the face's dlib-like square."""
        return cls(
            inside(image, box, TEXTURE_TIMES, TEXTURE_PX),
            around(image, box, SURROUNDINGS_TIMES, SURROUNDINGS_PX, PADDING_LEVEL),
        )


class AttackNetwork:
    """One network of `training.genuineness`.

    It maps `texture` and `surroundings`, each (1, side, side, 3), uint8, RGB, to `evidence` (2,) float32: what each
    view adds, in log-odds; their sum is calibrated for attacks as frequent as bona fide faces.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def evidence(self, views: Views) -> FloatArray:
        """Log-odds that the texture and the surroundings add: (2,)."""
        return self._session.run(texture=views.texture[np.newaxis], surroundings=views.surroundings[np.newaxis])
