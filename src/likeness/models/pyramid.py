"""dlib's tiled image pyramid: every level of a picture on one plane; the reference for the detector."""

from dataclasses import dataclass

import numpy as np

from likeness.domain.face import FloatArray, ImageArray

# dlib/dnn/input.h (input_rgb_image_pyramid): between levels, and around the plane.
PADDING_PX, OUTER_PADDING_PX = 10, 11
# dlib/image_transforms/image_pyramid.h: no level is lower than this.
LOWEST_LEVEL_PX = 5
# pyramid_down<6>: each level is five sixths of the one below.
STEP = 5 / 6


@dataclass(frozen=True, slots=True)
class Tile:
    """Where a level lies on the plane, in pixels."""

    left: int
    top: int
    width_px: int
    height_px: int

    @property
    def bottom(self) -> int:
        """First row behind the tile."""
        return self.top + self.height_px

    @property
    def right(self) -> int:
        """First column behind the tile."""
        return self.left + self.width_px


def _sizes(width_px: int, height_px: int) -> list[tuple[int, int]]:
    sizes = [(width_px, height_px)]
    while True:
        width_px, height_px = int(STEP * width_px), int(STEP * height_px)
        if width_px == 0 or height_px < LOWEST_LEVEL_PX:
            return sizes
        sizes.append((width_px, height_px))


def _column_height_px(sizes: list[tuple[int, int]]) -> int:
    """Height of the first column: it ends where a level fits beside the one above and half the rest is placed."""
    width_px, height_px = sizes[0]
    total = sum(height + PADDING_PX for _, height in sizes) - 2 * PADDING_PX
    column = previous = 0
    for level_width, level_height in sizes:
        if level_width <= width_px - previous - PADDING_PX and (column - height_px) * 2 >= total - height_px:
            break
        column += level_height + PADDING_PX
        previous = level_width
    return column - PADDING_PX


def tiles(width_px: int, height_px: int) -> tuple[list[Tile], tuple[int, int]]:
    """Lay out the levels of a picture; returns the tiles, largest first, and the plane's (height, width)."""
    sizes = _sizes(width_px, height_px)
    column = _column_height_px(sizes)
    placed: list[Tile] = []
    top = OUTER_PADDING_PX
    for level_width, level_height in sizes:
        if top >= column + OUTER_PADDING_PX:
            break
        placed.append(Tile(OUTER_PADDING_PX, top, level_width, level_height))
        top += level_height + PADDING_PX
    bottom = top - PADDING_PX
    for level_width, level_height in sizes[len(placed) :]:
        tile = Tile(OUTER_PADDING_PX + width_px - level_width, bottom - level_height, level_width, level_height)
        if tile.top < placed[0].bottom:  # it would lie on the picture itself
            break
        placed.append(tile)
        bottom -= level_height + PADDING_PX
    return placed, (column + 2 * OUTER_PADDING_PX, width_px + 2 * OUTER_PADDING_PX)


def _halfway(values: FloatArray, count: int, axis: int) -> FloatArray:
    """Resample an axis bilinearly to `count` samples, the first and last staying where they are."""
    size = values.shape[axis]
    position = np.arange(count) * ((size - 1) / max(count - 1, 1))
    low = position.astype(np.intp)
    high = np.minimum(low + 1, size - 1)
    shape = [1] * values.ndim
    shape[axis] = count
    part = (position - low).astype(np.float32).reshape(shape)
    result: FloatArray = (1 - part) * values.take(low, axis) + part * values.take(high, axis)
    return result


def plane(image: ImageArray, mean_rgb: FloatArray) -> tuple[FloatArray, list[Tile]]:
    """Draw all levels on one plane, each made from the one before, on a ground of the mean colour.

    Args:
        image: (height, width, 3), uint8, RGB.
        mean_rgb: (3,), 0-255 scale.

    Returns:
        The plane, float32 (height, width, 3), 0-255 scale, and its tiles, largest first.
    """
    placed, shape = tiles(image.shape[1], image.shape[0])
    whole = np.empty((*shape, 3), dtype=np.float32)
    whole[:] = mean_rgb
    level = image.astype(np.float32)
    for index, tile in enumerate(placed):
        if index > 0:
            level = _halfway(_halfway(level, tile.height_px, 0), tile.width_px, 1)
        whole[tile.top : tile.bottom, tile.left : tile.right] = level
    return whole, placed


def nearest(placed: list[Tile], x: float, y: float) -> int:
    """Index of the tile nearest to a point of the plane; the first of equals."""
    distances = [
        max(tile.left - x, x - (tile.right - 1), 0) ** 2 + max(tile.top - y, y - (tile.bottom - 1), 0) ** 2
        for tile in placed
    ]
    return distances.index(min(distances))
