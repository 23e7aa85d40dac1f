"""A picture as the detector is shown it: any part, at any size, on a ground of the mean colour."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Face, FloatArray, ImageArray
from likeness.models.windows import WINDOW_PX, centres, on_ground, whole_boxes

Scores = Callable[[FloatArray], FloatArray]
"""The detector's network, from (height, width, 3), float32, RGB, 0-255 scale, to scores (rows, columns)."""

Places = NDArray[np.float64]
"""Low-scored places: (n, 3), x and y in pixels of the reduced picture, and the score."""

# A picture taller than three times its width is looked at as if it were a third of its height wide: bounds the cost.
TALLEST = 3.0
# How often the picture is halved. Halves are exact means of four pixels, and fast; any size is then made from the
# nearest larger half, so that nothing is skipped and little is read.
HALVINGS = 2


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the reduced picture, in whole pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area_px(self) -> int:
        """Its area in pixels of the reduced picture."""
        return (self.right - self.left) * (self.bottom - self.top)


class Scene:
    """A picture, reduced to the largest size that will be looked at.

    Args:
        scores: the detector's network.
        image: (height, width, 3), uint8, RGB.
        last_width_px: no look will show the picture wider than this.
    """

    def __init__(self, scores: Scores, image: ImageArray, last_width_px: float) -> None:
        self._scores = scores
        height_px, width_px = image.shape[:2]
        reach_px = max(width_px, height_px / TALLEST)
        reduced = _reduced(image, last_width_px / reach_px)
        self.shrunk = np.array([reduced.shape[1] / width_px, reduced.shape[0] / height_px])
        """Pixels of the reduced picture per pixel of the picture, across and down."""
        self.reach_px: float = min(last_width_px, reach_px)
        """The width that counts as the whole, in pixels of the reduced picture."""
        self._halves = [reduced]
        for _ in range(HALVINGS):
            self._halves.append(_halved(self._halves[-1]))
        self.whole = Region(0, 0, reduced.shape[1], reduced.shape[0])

    def look(self, region: Region, width_px: float, border_px: int, low_score: float) -> tuple[list[Face], Places]:
        """Run the detector on a region.

        Args:
            region: what to look at.
            width_px: how wide the whole picture would be at the scale to look at.
            border_px: ground laid around the region, in pixels of that scale.
            low_score: places under this score are returned.

        Returns:
            Faces, boxes in pixels of the picture, not yet sorted out; and the low-scored places.
        """
        scale = width_px / self.reach_px
        part, region = self._part(region, scale)
        across = max(1, round((region.right - region.left) * scale))
        down = max(1, round((region.bottom - region.top) * scale))
        scores = self._scores(on_ground(resized(part, across, down), border_px))
        exact = np.array([across / (region.right - region.left), down / (region.bottom - region.top)])
        corner = np.array([region.left, region.top])

        def of_picture(points: NDArray[np.float64]) -> NDArray[np.float64]:
            """From centres of the plane's pixels to places of the reduced picture, whose corner is the origin."""
            placed: NDArray[np.float64] = (points - border_px + 0.5) / exact + corner
            return placed

        half = (WINDOW_PX - 1) / 2
        positive = np.nonzero(scores > 0)
        middles = centres(*positive)
        corners = [of_picture(middles + reach) / self.shrunk - 0.5 for reach in (-half, half)]
        boxes = whole_boxes(np.hstack(corners))
        faces = [Face(box, score) for box, score in zip(boxes, scores[positive].tolist(), strict=True)]
        low = np.nonzero(scores < low_score)
        return faces, np.column_stack([of_picture(centres(*low)), scores[low]])

    def _part(self, region: Region, scale: float) -> tuple[ImageArray, Region]:
        """A region out of the smallest half that is large enough, and the region in the half's whole pixels."""
        step, half = 1, self._halves[0]
        for smaller in self._halves[1:]:
            if 2 * step * scale > 1 or min(smaller.shape[:2]) == 0:
                break
            step, half = 2 * step, smaller
        right, bottom = (min(-(-side // step), most) for side, most in _ends(region, half))
        left, top = min(region.left // step, right - 1), min(region.top // step, bottom - 1)
        return half[top:bottom, left:right], Region(left * step, top * step, right * step, bottom * step)


def _ends(region: Region, half: ImageArray) -> tuple[tuple[int, int], tuple[int, int]]:
    return (region.right, half.shape[1]), (region.bottom, half.shape[0])


def _halved(image: ImageArray) -> ImageArray:
    """A picture at half its size; an odd last row or column is left out, so that places stay exact."""
    height_px, width_px = image.shape[0] // 2, image.shape[1] // 2
    if min(height_px, width_px) == 0:
        return image[:0, :0]
    return resized(image[: 2 * height_px, : 2 * width_px], width_px, height_px)


def _reduced(image: ImageArray, factor: float) -> ImageArray:
    if factor >= 1:
        return image
    return resized(image, max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))


def resized(image: ImageArray, width_px: int, height_px: int) -> ImageArray:
    """Resize; by areas where the picture shrinks by half or more, so that nothing is skipped."""
    if (height_px, width_px) == image.shape[:2]:
        return image
    method = cv2.INTER_AREA if width_px * 2 <= image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width_px, height_px), interpolation=method), dtype=np.uint8)
