"""Fits turns, scalings and moves to points, and cuts faces out by them; costs by the size of the face."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray, ImageArray

MARGIN_PX = 2
"""Around the corners of a cut, so that interpolation and halving find their neighbours."""


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """Maps a place (x, y) to `turn @ place + shift`; turn: (2, 2), a rotation times a scale, never a reflection."""

    turn: NDArray[np.float64]
    shift: NDArray[np.float64]

    @property
    def scale(self) -> float:
        """Length of a step of length 1 after mapping."""
        return float(np.hypot(*self.turn[0]))

    def of(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map places (n, 2)."""
        mapped: NDArray[np.float64] = places @ self.turn.T + self.shift
        return mapped


def fit(places: NDArray[np.float64], onto: FloatArray) -> Similarity:
    """The similarity with the least squared error; for points in a plane it has a closed form.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991), without
    reflection.

    Args:
        places: (n, 2), not all the same.
        onto: (n, 2), where they should come to lie.
    """
    target = onto.astype(np.float64)
    one, other = places - places.mean(axis=0), target - target.mean(axis=0)
    size = (one**2).sum()
    cosine = (one * other).sum() / size
    sine = (one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]).sum() / size
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return Similarity(turn, target.mean(axis=0) - turn @ places.mean(axis=0))


def cut(image: ImageArray, similarity: Similarity, side_px: int) -> ImageArray:
    """Cut a square out of a picture; a large one is halved first, so that no pixel is passed over.

    Args:
        image: (height, width, 3), uint8, RGB.
        similarity: from the square's pixels to the picture's; whole numbers are the centres of pixels.
        side_px: of the square.

    Returns:
        (side_px, side_px, 3), uint8, RGB; black where it reaches beyond the picture.
    """
    region, origin = _region(image, similarity, side_px)
    turn, shift = similarity.turn, similarity.shift - origin
    while np.hypot(*turn[0]) >= 2 and min(region.shape[:2]) > 1:  # noqa: PLR2004 - halving leaves it at 1 or more
        height_px, width_px = (side // 2 for side in region.shape[:2])
        even = region[: 2 * height_px, : 2 * width_px]
        region = np.asarray(cv2.resize(even, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
        # A half's pixel lies between the centres of the two that it was made of.
        turn, shift = turn / 2, (shift - 0.5) / 2
    if region.size == 0:
        return np.zeros((side_px, side_px, 3), np.uint8)
    matrix = np.column_stack([turn, shift])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(region, matrix, (side_px, side_px), flags=flags), np.uint8)


def _region(image: ImageArray, similarity: Similarity, side_px: int) -> tuple[ImageArray, NDArray[np.float64]]:
    """The upright part of the picture that a square needs, and the place of its first pixel."""
    last = float(side_px - 1)
    corners = similarity.of(np.array([(0.0, 0.0), (last, 0.0), (0.0, last), (last, last)]))
    margin_px = MARGIN_PX * max(1.0, similarity.scale)
    size = np.array(image.shape[1::-1])
    first = np.clip(np.floor(corners.min(axis=0) - margin_px), 0, size).astype(int)
    end = np.clip(np.ceil(corners.max(axis=0) + margin_px) + 1, first, size).astype(int)
    return image[first[1] : end[1], first[0] : end[0]], first.astype(np.float64)
