"""From pixels to faces, and from one face to its template."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from likeness.domain.face import Box, Face, ImageArray, Quality, Template
from likeness.models.crops import square
from likeness.models.views import Aligner, Embedder, View
from likeness.pipeline.quality import measure

CHIP_FACE_PX = 100
"""Width of the face in the embedder's chip: 150 pixels less a quarter of the face on each side. A face that is
narrower in the decoded picture than here would be enlarged, so the picture is decoded finer where it can be."""


class FaceDetector(Protocol):
    """Finds faces."""

    def detect(self, image: ImageArray) -> list[Face]:
        """Faces of a picture, shape (height, width, 3), uint8, RGB, with dlib's square boxes, the largest first."""


SHIFTS = ((0.05, 0.0), (-0.05, 0.0), (0.0, 0.05), (0.0, -0.05))
"""By which parts of its width a face's box is shifted right and down to see how firmly the landmarks stay."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadFace:
    """A face with its template."""

    template: Template
    quality: Quality


class FaceReader:
    """Detector, aligner and embedder of one pack."""

    def __init__(self, detector: FaceDetector, aligner: Aligner, embedder: Embedder, pack: str) -> None:
        self._detector = detector
        self._aligner = aligner
        self._embedder = embedder
        self._pack = pack

    @property
    def aligner(self) -> Aligner:
        """What turns a found face into a view."""
        return self._aligner

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
        seen = self._embedder.embed(view)
        quality = measure(view, face.box.width_px / scale, seen.mirror_similarity)
        return ReadFace(Template(self._pack, seen.vector), quality)

    def landmark_spread(self, pixels: ImageArray, face: Face) -> float:
        """`Quality.landmark_spread` of one face; costs several times what finding its landmarks does.

        A face that is not found again counts as if its landmarks had moved by the distance between the eyes.

        Args:
            pixels: shape (height, width, 3), uint8, RGB.
            face: from `find`, in pixels of `pixels`.
        """
        views = [self._aligner.view(pixels, face)]
        views += [view for shift in SHIFTS if (view := self._again(pixels, face, *shift))]
        points = np.stack([np.vstack([view.eyes, view.nose]) for view in views])
        eyes_px = max(float(np.linalg.norm(views[0].eyes[1] - views[0].eyes[0])), 1.0)  # less than a pixel is no face
        away = np.linalg.norm(points - points.mean(axis=0), axis=2).mean(axis=1) / eyes_px
        lost = len(SHIFTS) + 1 - len(views)
        return float((away.sum() + lost) / (len(SHIFTS) + 1))

    def _again(self, pixels: ImageArray, face: Face, right: float, down: float) -> View | None:
        """The face, its landmarks looked for anew: in a shifted box or, by a detector that gives them, elsewhere."""
        box, width_px = face.box, face.box.width_px
        if not self._aligner.by_detector:
            x, y = right * width_px, down * width_px
            moved = Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
            return self._aligner.view(pixels, replace(face, box=moved))
        # A square of three widths, so that the face is as large to the detector wherever it lies, black beyond the
        # picture.
        left, top = round(box.left - width_px * (1 + right)), round(box.top - width_px * (1 + down))
        part = square(pixels, left, top, round(3 * width_px))
        found = self._detector.detect(part)
        if not found:
            return None
        view = self._aligner.view(part, min(found, key=lambda it: _distance(it.box, box, left, top)))
        corner = np.array((left, top), np.float32)
        return replace(view, eyes=view.eyes + corner, nose=view.nose + corner)

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
        return self._embedder.embed(self._aligner.view(pixels, face)).mirror_similarity


def _distance(found: Box, box: Box, left: float, top: float) -> float:
    """Between the centres of a box of a cut picture and of one of the whole, from which it was cut at left and top."""
    across = (found.left + found.right - box.left - box.right) / 2 + left
    down = (found.top + found.bottom - box.top - box.bottom) / 2 + top
    return float(np.hypot(across, down))


def fuse(templates: list[Template]) -> Template:
    """The mean direction of one person's templates."""
    total = np.sum([template.vector for template in templates], axis=0)
    return Template(templates[0].pack, (total / np.linalg.norm(total)).astype(np.float32))
