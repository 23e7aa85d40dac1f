"""Squares cut out of a picture, also where they reach beyond it."""

import cv2
import numpy as np

from likeness.domain.face import Box, ImageArray


def square(pixels: ImageArray, left: int, top: int, side_px: int, fill: int = 0) -> ImageArray:
    """A square of (side_px, side_px, 3) out of a picture, of grey level `fill` where it reaches beyond."""
    height_px, width_px = pixels.shape[:2]
    x, y = (min(max(it, 0), most) for it, most in ((left, width_px), (top, height_px)))
    right, bottom = (min(max(it + side_px, 0), most) for it, most in ((left, width_px), (top, height_px)))
    seen = np.full((side_px, side_px, 3), fill, np.uint8)
    seen[y - top : bottom - top, x - left : right - left] = pixels[y:bottom, x:right]
    return seen


def around(pixels: ImageArray, box: Box, times: float, side_px: int, fill: int = 0) -> ImageArray:
    """The square `times` as wide as a face's box and centred on it, brought to (side_px, side_px, 3).

    Args:
        pixels: (height, width, 3), uint8, RGB, upright.
        box: the face's, in pixels of the picture; may reach beyond it.
        times: side of the square over the width of the box.
        side_px: side of the result.
        fill: grey level where the square reaches beyond the picture.
    """
    span_px = max(1, round(times * box.width_px))
    left = round((box.left + box.right - span_px) / 2)
    top = round((box.top + box.bottom - span_px) / 2)
    if span_px > 8 * max(pixels.shape[:2]):  # a face larger than its picture: keep what is allocated in proportion
        return np.full((side_px, side_px, 3), fill, np.uint8)
    seen = square(pixels, left, top, span_px, fill)
    way = cv2.INTER_AREA if span_px >= side_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(seen, (side_px, side_px), interpolation=way), np.uint8)
