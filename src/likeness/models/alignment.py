"""Turns and scales a face so that its landmarks lie where the embedder expects them, as dlib's `get_face_chip` does."""

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray, ImageArray

CHIP_SIDE_PX = 150
# dlib/image_transforms/interpolation.h, get_face_chip_details: mean places of the five landmarks in a face of side 1,
# and the padding around that face which the recognition network was trained with.
_MEAN_POINTS = np.array(
    [
        (0.8595674595992, 0.2134981538014),
        (0.6460604764104, 0.2289674387677),
        (0.1205750620789, 0.2137274526848),
        (0.3340850613712, 0.2290642403242),
        (0.4901123135679, 0.6277975316475),
    ]
)
_PADDING = 0.25
CHIP_POINTS = (_MEAN_POINTS + _PADDING) / (2 * _PADDING + 1) * CHIP_SIDE_PX
# pyramid_down<2> makes nothing of pictures up to this size.
_SMALLEST_HALVED_PX = 8
# pyramid_down<2>::point_down
_HALVING_SHIFT = np.array([1.25, 0.75])


def face_chip(image: ImageArray, points: FloatArray) -> ImageArray:
    """Cut out an aligned face; costs by the size of the face, not of the picture.

    Args:
        image: (height, width, 3), uint8, RGB.
        points: (5, 2), float32, x and y in pixels, in the order of `Landmarks`.

    Returns:
        (150, 150, 3), uint8, RGB; black where it reaches beyond the picture.
    """
    centre, scale, angle = _placement(points.astype(np.float64))
    # dlib's rectangles name the centres of their first and last pixels: a side is one pixel shorter than its count.
    half = np.full(2, (CHIP_SIDE_PX * scale - 1) / 2)
    low, high = centre - half, centre + half
    region, origin, levels = _region(image, centre, low, high, angle)
    low, high = low - origin, high - origin
    for _ in range(levels):
        region = _halved(region)
        low, high = low / 2 - _HALVING_SHIFT, high / 2 - _HALVING_SHIFT
    transform = _transform(low, high, angle)
    if region.size == 0:  # the face lies beyond the picture
        return np.zeros((CHIP_SIDE_PX, CHIP_SIDE_PX, 3), dtype=np.uint8)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    # dlib cuts results off to whole numbers where OpenCV rounds: 256 times the values, then cutting, does as dlib.
    bright = cv2.warpAffine(_times_256(region), transform, (CHIP_SIDE_PX, CHIP_SIDE_PX), flags=flags)
    chip: ImageArray = np.right_shift(bright, 8, dtype=np.uint16, casting="unsafe").astype(np.uint8)
    _blacken_outside(chip, transform, region)
    return chip


def _times_256(image: ImageArray) -> NDArray[np.uint16]:
    return np.left_shift(image, 8, dtype=np.uint16)


def _blacken_outside(chip: ImageArray, transform: NDArray[np.float64], region: ImageArray) -> None:
    """Pixels with less than four neighbours in the picture are black in dlib; OpenCV blends them with black."""
    last_xy = np.array([region.shape[1] - 1, region.shape[0] - 1])
    ends = np.array([0.0, CHIP_SIDE_PX - 1])
    corners = transform[:, :1] * np.tile(ends, 2) + transform[:, 1:2] * np.repeat(ends, 2) + transform[:, 2:]
    if (corners >= 0).all() and (corners < last_xy[:, None]).all():
        return
    steps = np.arange(CHIP_SIDE_PX)
    for axis in range(2):
        places = transform[axis, 0] * steps[None, :] + transform[axis, 1] * steps[:, None] + transform[axis, 2]
        chip[(places < 0) | (places >= last_xy[axis])] = 0


def _placement(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], float, float]:
    """Centre of the chip in the picture, its scale (picture pixels per chip pixel) and its turn in radians."""
    chip, picture = CHIP_POINTS - CHIP_POINTS.mean(axis=0), points - points.mean(axis=0)
    size = (chip**2).sum()
    cosine = (chip * picture).sum() / size
    sine = (chip[:, 0] * picture[:, 1] - chip[:, 1] * picture[:, 0]).sum() / size
    turn = np.array([[cosine, -sine], [sine, cosine]])
    centre = turn @ (np.full(2, CHIP_SIDE_PX / 2) - CHIP_POINTS.mean(axis=0)) + points.mean(axis=0)
    return centre, float(np.hypot(cosine, sine)), float(np.arctan2(sine, cosine))


def _region(
    image: ImageArray, centre: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64], angle: float
) -> tuple[ImageArray, NDArray[np.float64], int]:
    """The part of the picture the chip needs, its first pixel's place, and how often to halve it."""
    side, halvings, margin = float(high[0] - low[0]) + 1, 0, 2
    while True:
        side = (side - 1) / 2 + 1
        if side**2 <= CHIP_SIDE_PX**2:
            break
        halvings += 1
        margin = margin * 2 + 2
    corners = _rotated(low, high, centre, angle)
    first = np.floor(corners.min(axis=0) - margin + 0.5)
    last = np.floor(corners.max(axis=0) + margin + 0.5)
    first = np.maximum(first, 0).astype(int)
    last = np.minimum(last, (image.shape[1] - 1, image.shape[0] - 1)).astype(int)
    return image[first[1] : last[1] + 1, first[0] : last[0] + 1], first.astype(np.float64), halvings


def _rotated(
    low: NDArray[np.float64], high: NDArray[np.float64], centre: NDArray[np.float64], angle: float
) -> NDArray[np.float64]:
    """The corners top left, top right, bottom left and bottom right, turned about the centre; (4, 2)."""
    corners = np.array([(low[0], low[1]), (high[0], low[1]), (low[0], high[1]), (high[0], high[1])]) - centre
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned: NDArray[np.float64] = corners @ turn + centre
    return turned


def _halved(image: ImageArray) -> ImageArray:
    """Dlib's pyramid_down<2>: a 5x5 kernel, whole steps of two, cut off to whole numbers.

    pyrDown rounds where dlib cuts off; on pictures of 256 times the values it rounds nothing away, so cutting is left.
    """
    if min(image.shape[:2]) <= _SMALLEST_HALVED_PX:
        return np.zeros((0, 0, 3), dtype=np.uint8)
    rows, columns = ((n - 3) // 2 for n in image.shape[:2])
    sums = cv2.pyrDown(_times_256(image))[1 : rows + 1, 1 : columns + 1]
    halved: ImageArray = np.right_shift(sums, 8, dtype=np.uint16, casting="unsafe").astype(np.uint8)
    return halved


def _transform(low: NDArray[np.float64], high: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    """Chip pixels to picture pixels, (2, 3)."""
    top_left, top_right, bottom_left, _ = _rotated(low, high, (low + high) / 2, angle)
    last = CHIP_SIDE_PX - 1
    return np.stack([(top_right - top_left) / last, (bottom_left - top_left) / last, top_left], axis=1)
