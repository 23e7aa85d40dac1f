"""From pixels to faces, and from one face to its template."""

from dataclasses import dataclass

import numpy as np

from likeness.domain.face import Box, Face, ImageArray, Quality, Template
from likeness.models.alignment import face_chip
from likeness.models.detector import Detector
from likeness.models.embedder import Embedder
from likeness.models.landmarks import Landmarks
from likeness.pipeline.quality import frontalness, measure

CHIP_FACE_PX = 100
"""Width of the face in the embedder's chip: 150 pixels less a quarter of the face on each side. A face that is
narrower in the decoded picture than here would be enlarged, so the picture is decoded finer where it can be."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadFace:
    """A face with its template; frontalness from 0 (profile) to 1 (straight on)."""

    template: Template
    quality: Quality
    frontalness: float


class FaceReader:
    """Detector, landmarks and embedder of one pack."""

    def __init__(self, detector: Detector, landmarks: Landmarks, embedder: Embedder, pack: str) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._embedder = embedder
        self._pack = pack

    def find(self, pixels: ImageArray) -> list[Face]:
        """Faces of a picture, shape (height, width, 3), uint8, RGB, the largest first."""
        return self._detector.detect(pixels)

    def read(self, pixels: ImageArray, box: Box, scale: float) -> ReadFace:
        """Template and quality of one face.

        Args:
            pixels: shape (height, width, 3), uint8, RGB.
            box: of the face, in pixels of `pixels`.
            scale: side of `pixels` over the side of the upload.
        """
        points = self._landmarks.locate(pixels, box)
        chip = face_chip(pixels, points)
        template = Template(self._pack, self._embedder.embed(chip))
        return ReadFace(template, measure(chip, box.width_px / scale), frontalness(points))

    def uprightness(self, pixels: ImageArray, box: Box) -> float:
        """How alike a face and its mirror image look to the embedder, up to 1; a face on its side looks less so.

        The detector finds faces that lie on their side, too, often with the higher score. On pictures of LFW, CFP and
        the London set this told the right way up without an error (`tests/pipeline/test_observe.py` repeats it).

        Args:
            pixels: shape (height, width, 3), uint8, RGB.
            box: of the face, in pixels of `pixels`.
        """
        chip = face_chip(pixels, self._landmarks.locate(pixels, box))
        one, mirrored = self._embedder.describe(np.stack([chip, chip[:, ::-1]]))
        return float(one @ mirrored / (np.linalg.norm(one) * np.linalg.norm(mirrored)))


def fuse(templates: list[Template]) -> Template:
    """The mean direction of one person's templates."""
    total = np.sum([template.vector for template in templates], axis=0)
    return Template(templates[0].pack, (total / np.linalg.norm(total)).astype(np.float32))
