"""Pictures to and from bytes: the only home of picture decoding."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from likeness.domain.errors import ImageFormatError, ImageSizeError
from likeness.domain.face import ImageArray
from likeness.pipeline.header import SIDE_LIMIT_PX, SIDE_MINIMUM_PX, Header, Kind, read_header

_CHROMA_SIDE_PX = 256
"""Chroma is measured on a reduction to this: averaging removes the colour noise of JPEG and of dark cameras."""

_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_QUARTER_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True, eq=False)
class DecodedImage:
    """A decoded picture.

    pixels: shape (height, width, 3), uint8, RGB, upright; perhaps reduced.
    width_px, height_px: of the whole upload, upright.
    """

    pixels: ImageArray
    width_px: int
    height_px: int

    @property
    def scale(self) -> float:
        """Side of `pixels` over the side of the upload, at most 1."""
        return float(max(self.pixels.shape[:2]) / max(self.width_px, self.height_px))


def decode(data: bytes, long_side_px: int | None = None) -> DecodedImage:
    """Decode a JPEG, PNG, WebP, BMP, TIFF or GIF (its first frame).

    Grey, palette, CMYK and 16-bit pictures become 8-bit RGB. Where a picture is transparent, white shows: that is
    what the people who look at the same file see, and colours hidden under full transparency are not looked at.
    A damaged or cut file is refused, not filled with grey.

    Args:
        data: the file.
        long_side_px: reduce a JPEG while decoding, in eighths, to no less than this; other formats come whole.

    Raises:
        ImageFormatError: not a picture of these formats, or a damaged one.
        ImageSizeError: a side over SIDE_LIMIT_PX; judged before any pixel is decoded.
    """
    header = read_header(data)
    try:
        pixels = _decode_jpeg(data, header, long_side_px) if header.kind is Kind.JPEG else _decode_other(data, header)
    except (ValueError, cv2.error, MemoryError) as damage:
        raise ImageFormatError from damage
    swapped = header.orientation in _TURNED
    width_px, height_px = (header.height_px, header.width_px) if swapped else (header.width_px, header.height_px)
    if header.kind is not Kind.JPEG:  # the size claimed outside is not binding in every format
        height_px, width_px = pixels.shape[:2]
    if max(width_px, height_px) > SIDE_LIMIT_PX:
        raise ImageSizeError
    if min(width_px, height_px) < SIDE_MINIMUM_PX:
        raise ImageFormatError
    return DecodedImage(pixels, width_px, height_px)


def _decode_jpeg(data: bytes, header: Header, long_side_px: int | None) -> ImageArray:
    wide = header.width_px >= header.height_px
    sides = {"min_width" if wide else "min_height": long_side_px or 0}
    _, _, colour, _ = simplejpeg.decode_jpeg_header(data)
    if colour in ("CMYK", "YCCK"):
        pixels = _from_cmyk(simplejpeg.decode_jpeg(data, colorspace="CMYK", **sides), inverted=header.adobe)
    else:
        pixels = simplejpeg.decode_jpeg(data, **sides)  # strict: a warning of the decoder is a ValueError
    return upright(pixels, header.orientation)


def _decode_other(data: bytes, header: Header) -> ImageArray:
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if raw is None:
        raise ImageFormatError
    premultiplied = header.kind is Kind.TIFF and raw.dtype == np.uint8  # libtiff's RGBA reader multiplies
    if raw.dtype == np.uint16:
        raw = cv2.convertScaleAbs(raw, alpha=1 / 257)
    if raw.dtype != np.uint8:  # floating-point TIFF: no agreed range
        raise ImageFormatError
    pixels = _on_white(np.asarray(raw, np.uint8), premultiplied=premultiplied)
    # OpenCV has turned a TIFF already, the rest it leaves alone in this mode.
    return pixels if header.kind is Kind.TIFF else upright(pixels, header.orientation)


def _on_white(raw: NDArray[np.uint8], *, premultiplied: bool) -> ImageArray:
    """Grey, BGR or BGRA to RGB over white."""
    if raw.ndim == 2:  # noqa: PLR2004 - no channel axis
        return _u8(cv2.cvtColor(raw, cv2.COLOR_GRAY2RGB))
    if raw.shape[2] == 3:  # noqa: PLR2004 - BGR
        return _u8(cv2.cvtColor(raw, cv2.COLOR_BGR2RGB))
    colour = cv2.cvtColor(raw, cv2.COLOR_BGRA2RGB)
    alpha = cv2.merge([raw[..., 3]] * 3)
    if not premultiplied:
        colour = cv2.multiply(colour, alpha, scale=1 / 255)
    return _u8(cv2.add(colour, cv2.bitwise_not(alpha)))


def _from_cmyk(cmyk: NDArray[np.uint8], *, inverted: bool) -> ImageArray:
    """CMYK to RGB without a colour profile; Adobe stores ink inverted (0 is full ink), others do not."""
    light = cmyk if inverted else _u8(cv2.bitwise_not(cmyk))
    key = cv2.merge([light[..., 3]] * 3)
    return _u8(cv2.multiply(np.ascontiguousarray(light[..., :3]), key, scale=1 / 255))


def upright(pixels: ImageArray, orientation: int) -> ImageArray:
    """Turn a stored picture as its EXIF orientation (1 to 8) asks."""
    turned = pixels
    if orientation in (2, 4, 5, 7):  # the mirrored ones
        turned = _u8(cv2.flip(turned, 1))
    clockwise_deg = {3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}.get(orientation, 0)
    return turn(turned, clockwise_deg)


def turn(pixels: ImageArray, clockwise_deg: int) -> ImageArray:
    """Turn a picture clockwise by 0, 90, 180 or 270 degrees."""
    return _u8(cv2.rotate(pixels, _QUARTER_TURNS[clockwise_deg])) if clockwise_deg else pixels


def reduce_to(pixels: ImageArray, long_side_px: int) -> ImageArray:
    """Shrink by area averaging until the long side is at most `long_side_px`; never enlarges."""
    height_px, width_px = pixels.shape[:2]
    factor = long_side_px / max(height_px, width_px)
    if factor >= 1:
        return pixels
    size = (max(1, round(width_px * factor)), max(1, round(height_px * factor)))
    return _u8(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def chroma(pixels: ImageArray) -> float:
    """Mean distance of the pixels from grey in the a-b plane of CIELAB: about 0 for black and white."""
    step = math.ceil(max(pixels.shape) / _CHROMA_SIDE_PX)
    rows, columns = (max(1, side_px // step) for side_px in pixels.shape[:2])
    # Whole steps: averaging over parts of pixels takes several times as long.
    small = cv2.resize(pixels[: rows * step, : columns * step], (columns, rows), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(lab[..., 1], lab[..., 2]).mean())


def encode_jpeg(pixels: ImageArray, quality: int) -> bytes:
    """RGB pixels, shape (height, width, 3), uint8, to a JPEG of `quality` 1 to 100."""
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=quality, colorsubsampling="420"))


def _u8(array: NDArray[np.generic] | cv2.typing.MatLike) -> ImageArray:
    """What OpenCV's stubs call any array, known here to be uint8."""
    return np.asarray(array, np.uint8)
