"""What is cut out of a picture for one face: the same kind of chip in every pack, whichever model gave the points."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Face, FloatArray, ImageArray
from likeness.models.alignment import CHIP_SIDE_PX, face_chip
from likeness.models.landmarks import Landmarks
from likeness.models.similarity import cut, fit


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One face as embedders take it.

    pixels: (height, width, 3), uint8, RGB, the whole picture. face: in its pixels. chip: (150, 150, 3), uint8, RGB,
    aligned as `alignment.face_chip` does. eyes, nose: (2, 2) and (2,), x and y in pixels of the picture.
    """

    pixels: ImageArray
    face: Face
    chip: ImageArray
    eyes: FloatArray
    nose: FloatArray


class Aligner(Protocol):
    """Turns a detected face into a view."""

    @property
    def by_detector(self) -> bool:
        """Whether the landmarks are the detector's."""

    def view(self, pixels: ImageArray, face: Face) -> View:
        """Cut one face out of a picture, (height, width, 3), uint8, RGB."""


class LandmarkAligner:
    """Aligns by a landmark model of its own, which looks into the detector's box."""

    by_detector = False

    def __init__(self, landmarks: Landmarks) -> None:
        self._landmarks = landmarks

    def view(self, pixels: ImageArray, face: Face) -> View:
        """Cut one face out of a picture, (height, width, 3), uint8, RGB."""
        points = self._landmarks.locate(pixels, face.box)
        eyes = np.stack([points[:2].mean(axis=0), points[2:4].mean(axis=0)])
        return View(pixels, face, face_chip(pixels, points), eyes, points[4])


class PointAligner:
    """Aligns by the detector's own five points: both eyes, nose, both corners of the mouth.

    Args:
        chip_points: (5, 2), the places of these points in the chip, in pixels; `training.boxes` measures them.
    """

    by_detector = True

    def __init__(self, chip_points: NDArray[np.float64]) -> None:
        self._chip_points = chip_points

    def view(self, pixels: ImageArray, face: Face) -> View:
        """Cut one face out of a picture, (height, width, 3), uint8, RGB.

        Raises:
            ValueError: the face comes from a detector that gives no points.
        """
        points = points_of(face)
        chip = cut(pixels, fit(self._chip_points, points), CHIP_SIDE_PX)
        return View(pixels, face, chip, points[:2], points[2])


def points_of(face: Face) -> FloatArray:
    """The detector's five points.

    Raises:
        ValueError: the face comes from a detector that gives none.
    """
    if face.points is None:
        raise ValueError("this stage needs a detector that gives five points of each face")
    return face.points


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """A face as an embedder sees it.

    vector: (n,), float32, unit length, what faces are compared by. mirror_similarity: cosine of the face's and its
    mirror image's vectors; lower for a face that is not upright in its chip.
    """

    vector: FloatArray
    mirror_similarity: float

    @classmethod
    def of(cls, face: FloatArray, mirrored: FloatArray) -> "Embedded":
        """From the vectors (n,) of a face and of its mirror image, whose mean direction is the face's."""
        one, other = directions(np.stack([face, mirrored]))
        total = one + other
        return cls((total / np.linalg.norm(total)).astype(np.float32), float(one @ other))


class Embedder(Protocol):
    """Turns a face into the vector that faces are compared by."""

    def embed(self, view: View) -> Embedded:
        """Look at a face and at its mirror image."""


def directions(vectors: NDArray[Any]) -> FloatArray:
    """Vectors (m, n) scaled to unit length."""
    scaled: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
