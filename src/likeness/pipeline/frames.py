"""One decoded frame of a clip as pixels: upright, with square pixels, perhaps shrunk."""

from dataclasses import dataclass
from fractions import Fraction
from struct import unpack
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData

from likeness.domain.errors import VideoFormatError
from likeness.domain.face import ImageArray
from likeness.pipeline.image import upright

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.buffer import Buffer

SIDE_LIMIT_PX = 4096
"""Of a clip's picture, as of pictures (`header.SIDE_LIMIT_PX`)."""

FRAME_SIDE_PX = 1280
"""Long side to which a larger frame is shrunk; a 720p camera's frames stay as they are, texture included."""

_TINY_PX = 16  # the least that a decoder's own frames have, as codecs work by blocks of it

_ORIENTATIONS = {  # signs of the display matrix's a, b, c, d (rounded to right angles) to the EXIF orientation
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """time_s: since the first frame. pixels: shape (height, width, 3), uint8, RGB, upright, perhaps shrunk."""

    time_s: float
    pixels: ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class KeptFrame:
    """pts: in units of the stream's time base. pixels: (height, width, 3), uint8, RGB, upright, perhaps shrunk.

    width_px, height_px: of the clip's picture, upright and with square pixels.
    """

    pts: int
    pixels: ImageArray
    width_px: int
    height_px: int


def keep(frame: av.VideoFrame, pixel_aspect: Fraction | None, orientation: int, long_side_px: int) -> KeptFrame:
    """A decoded frame as upright RGB with square pixels, its long side at most `long_side_px`.

    Args:
        frame: as decoded.
        pixel_aspect: width of a pixel over its height; None where it is not told.
        orientation: EXIF's, see `orientation_of`.
        long_side_px: limit of the result.

    Raises:
        VideoFormatError: a side over SIDE_LIMIT_PX.
    """
    if max(frame.width, frame.height) > SIDE_LIMIT_PX:
        raise VideoFormatError
    wide_px, high_px = float(frame.width), float(frame.height)
    if pixel_aspect and Fraction(1, 4) <= pixel_aspect <= 4:  # noqa: PLR2004 - beyond it the field is nonsense
        wide_px *= min(1.0, float(pixel_aspect))  # shrink the longer way: nothing is invented
        high_px *= min(1.0, 1 / float(pixel_aspect))
    shrink = min(1.0, long_side_px / max(wide_px, high_px))
    size = {"width": max(1, round(wide_px * shrink)), "height": max(1, round(high_px * shrink))}
    rgb = frame.reformat(**size, format="rgb24", interpolation="AREA", threads=1).to_ndarray()
    if orientation >= 5:  # noqa: PLR2004 - EXIF 5 to 8 swap the sides
        wide_px, high_px = high_px, wide_px
    return KeptFrame(frame.pts or 0, upright(np.asarray(rgb, np.uint8), orientation), round(wide_px), round(high_px))


def orientation_of(frame: av.VideoFrame) -> int:
    """The EXIF orientation that a frame's display matrix amounts to; telephones record turned and say so there.

    To be asked once a clip. A frame whose side data was looked at refers to itself, and stays until the garbage
    collector comes by: a tiny copy, which has the same side data, is left to it rather than the frame.
    """
    tiny = frame.reformat(width=_TINY_PX, height=_TINY_PX, format="gray", threads=1)
    side_data = cast("Mapping[SideData, Buffer]", tiny.side_data)  # the stubs describe it otherwise
    if SideData.DISPLAYMATRIX not in side_data:
        return 1
    a, b, _, c, d = unpack("=5i", bytes(side_data[SideData.DISPLAYMATRIX])[:20])
    largest = max(abs(a), abs(b), abs(c), abs(d), 1)
    signs = tuple(round(value / largest) for value in (a, b, c, d))
    return _ORIENTATIONS.get(signs, 1)
