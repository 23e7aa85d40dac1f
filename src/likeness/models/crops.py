"""Squares cut out of a picture, also where they reach beyond it."""

import cv2
import numpy as np

from likeness.domain.face import Box, ImageArray

WIDEST = 8
"""A square that is so many times as wide as its picture shows nothing; making it would cost memory for nothing."""


def square(pixels: ImageArray, left: int, top: int, side_px: int, fill: int = 0) -> ImageArray:
    """A square of (side_px, side_px, 3) out of a picture, of grey level `fill` where it reaches beyond."""
    height_px, width_px = pixels.shape[:2]
    x, y = (min(max(it, 0), most) for it, most in ((left, width_px), (top, height_px)))
    right, bottom = (min(max(it + side_px, 0), most) for it, most in ((left, width_px), (top, height_px)))
    seen = np.full((side_px, side_px, 3), fill, np.uint8)
    seen[y - top : bottom - top, x - left : right - left] = pixels[y:bottom, x:right]
    return seen


def around(pixels: ImageArray, box: Box, times: float, side_px: int, fill: int) -> ImageArray:
    """The square `times` as wide as a face's box and centred on it, brought to (side_px, side_px, 3).

    Args:
        pixels: (height, width, 3), uint8, RGB, upright.
        box: the face's, in pixels of the picture; may reach beyond it.
        times: side of the square over the width of the box.
        side_px: side of the result.
        fill: grey level where the square reaches beyond the picture.
    """
    span_px = max(1, round(times * box.width_px))
    if span_px > WIDEST * max(pixels.shape[:2]):
        return np.full((side_px, side_px, 3), fill, np.uint8)
    left, top = round((box.left + box.right - span_px) / 2), round((box.top + box.bottom - span_px) / 2)
    return _resized(square(pixels, left, top, span_px, fill), side_px)


def inside(pixels: ImageArray, box: Box, times: float, side_px: int) -> ImageArray:
    """As `around`, but moved and shrunk to stay inside the picture instead of filled."""
    height_px, width_px = pixels.shape[:2]
    span_px = max(1, round(min(times * box.width_px, height_px, width_px)))
    left = min(max(round((box.left + box.right - span_px) / 2), 0), width_px - span_px)
    top = min(max(round((box.top + box.bottom - span_px) / 2), 0), height_px - span_px)
    return _resized(pixels[top : top + span_px, left : left + span_px], side_px)


def _resized(seen: ImageArray, side_px: int) -> ImageArray:
    way = cv2.INTER_AREA if seen.shape[0] >= side_px else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(seen, (side_px, side_px), interpolation=way), np.uint8)
