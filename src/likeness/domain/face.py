"""What is known about a face in a picture."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
ImageArray = NDArray[np.uint8]
"""A picture: shape (height, width, 3), dtype uint8, RGB, upright."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in pixels; right and bottom are exclusive; may reach beyond the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width_px(self) -> float:
        """Right less left."""
        return self.right - self.left

    @property
    def height_px(self) -> float:
        """Bottom less top."""
        return self.bottom - self.top

    @property
    def area_px(self) -> float:
        """Width times height, in square pixels."""
        return self.width_px * self.height_px

    def scaled(self, factor: float) -> "Box":
        """The same rectangle in a picture whose sides are `factor` times as long."""
        return Box(self.left * factor, self.top * factor, self.right * factor, self.bottom * factor)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A detected face: its box, the detector's score and, where the detector gives them, five points.

    `points`: shape (5, 2), float32, x and y in pixels: the eye on the left of the
    picture, the eye on its right, the tip of the nose, the left and the right corner of the mouth.
    """

    box: Box
    score: float
    points: FloatArray | None = None

    def scaled(self, factor: float) -> "Face":
        """The same face in a picture whose sides are `factor` times as long."""
        points = None if self.points is None else self.points * np.float32(factor)
        return Face(self.box.scaled(factor), self.score, points)


@dataclass(frozen=True, slots=True)
class Pose:
    """How a head is turned, in degrees; 0, 0, 0 looks straight at the camera.

    yaw_deg: about the upright axis, positive where the face looks to the right of the picture.
    pitch_deg: positive where it looks up. roll_deg: positive where it leans clockwise as seen in the picture.
    """

    yaw_deg: float
    pitch_deg: float
    roll_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A face as a vector: shape (n,), float32, unit length; comparable only within one pack."""

    pack: str
    vector: FloatArray

    def similarity(self, other: "Template") -> float:
        """Cosine similarity, -1 to 1.

        Raises:
            ValueError: the templates come from different packs.
        """
        if self.pack != other.pack:
            msg = f"a template of pack {self.pack!r} cannot be compared with one of {other.pack!r}"
            raise ValueError(msg)
        return float(np.dot(self.vector, other.vector))


@dataclass(frozen=True, slots=True)
class Quality:
    """Measured properties of one face that tell how far its template can be trusted.

    face_width_px: width of the face box in pixels of the upload (not of a reduced decode).
    sharpness: variance of the Laplacian over the aligned chip's luma (0-255 scale).
    brightness: mean luma of the aligned chip, 0-255.
    contrast: standard deviation of the luma of the aligned chip, 0-127.5.
    frontalness: 1 for a face seen straight on, down to 0 for a profile.
    mirror_similarity: cosine of the face's and its mirror image's templates; what is badly aligned, turned away or
        hardly a face is unlike its mirror image.
    landmark_spread: mean distance of the landmarks from their mean when looked for again from slightly shifted places,
        as part of the distance between the eyes; None where not asked for.
    """

    face_width_px: float
    sharpness: float
    brightness: float
    contrast: float
    frontalness: float
    mirror_similarity: float
    landmark_spread: float | None = None
