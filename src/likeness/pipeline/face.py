"""From pixels to faces, and from one face to its template."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from likeness.domain.face import Face, ImageArray, Quality, Template
from likeness.models.views import Aligner, Embedder
from likeness.pipeline.quality import frontalness, measure

CHIP_FACE_PX = 100
"""Width of the face in the embedder's chip: 150 pixels less a quarter of the face on each side. A face that is
narrower in the decoded picture than here would be enlarged, so the picture is decoded finer where it can be."""


class FaceDetector(Protocol):
    """Finds faces."""

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of a picture, shape (height, width, 3), uint8, RGB, with dlib's square boxes, the largest first."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadFace:
    """A face with its template; frontalness from 0 (profile) to 1 (straight on)."""

    template: Template
    quality: Quality
    frontalness: float


class FaceReader:
    """Detector, aligner and embedder of one pack."""

    def __init__(self, detector: FaceDetector, aligner: Aligner, embedder: Embedder, pack: str) -> None:
        self._detector = detector
        self._aligner = aligner
        self._embedder = embedder
        self._pack = pack

    def find(self, pixels: ImageArray) -> list[Face]:
        """Faces of a picture, shape (height, width, 3), uint8, RGB, the largest first."""
        return self._detector.detect(pixels)

    def read(self, pixels: ImageArray, face: Face, scale: float) -> ReadFace:
        """Template and quality of one face.

        Args:
            pixels: shape (height, width, 3), uint8, RGB.
            face: from `find`, in pixels of `pixels`.
            scale: side of `pixels` over the side of the upload.
        """
        view = self._aligner.view(pixels, face)
        template = Template(self._pack, self._embedder.embed(view))
        quality = measure(view.chip, face.box.width_px / scale)
        return ReadFace(template, quality, frontalness(view.eyes, view.nose))

    def uprightness(self, pixels: ImageArray, face: Face) -> float:
        """How upright a face stands, up to 1; compare within one pack only.

        Both detectors find faces that lie on their side. One that gives points was trained to place them in upright
        faces and scores those highest. dlib's often scores the others higher: there, the right way up is told by how
        alike the face and its mirror image look to the embedder. On pictures of LFW, CFP and the London set both told
        it without an error (`test_observe.py` and `test_mobile.py` in `tests/pipeline` repeat it).

        Args:
            pixels: shape (height, width, 3), uint8, RGB.
            face: from `find`, in pixels of `pixels`.
        """
        if face.points is not None:
            return face.score
        return self._embedder.mirror_similarity(self._aligner.view(pixels, face))


def fuse(templates: list[Template]) -> Template:
    """The mean direction of one person's templates."""
    total = np.sum([template.vector for template in templates], axis=0)
    return Template(templates[0].pack, (total / np.linalg.norm(total)).astype(np.float32))
