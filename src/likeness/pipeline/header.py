"""What a picture file says of itself before a pixel is decoded: kind, size, EXIF orientation.

Reading it costs nothing whatever size the file claims, so a decompression bomb is refused here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from struct import Struct, error
from typing import Literal

from likeness.domain.errors import ImageFormatError, ImageSizeError

SIDE_LIMIT_PX = 4096
"""Largest width or height of a picture; docs/wire.md, INVALID_IMAGE_SIZE."""

SIDE_MINIMUM_PX = 2
"""A line one pixel thin shows nothing."""

_IMAGE_WIDTH, _IMAGE_LENGTH, _ORIENTATION = 256, 257, 274  # TIFF 6.0, section 8; EXIF keeps the same numbers
_BYTE, _SHORT, _LONG = 1, 3, 4  # TIFF 6.0, section 2, field types
_JPEG_SIZED = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ITU-T T.81 table B.1: SOF0-15 less DHT, JPG, DAC
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length: TEM, RST0-7, SOI
_JPEG_SCAN, _JPEG_END, _JPEG_APP1, _JPEG_APP14 = 0xDA, 0xD9, 0xE1, 0xEE
_EXIF_MARK = b"Exif\0\0"
_BMP_CORE_HEADER_BYTES = 12  # BITMAPCOREHEADER, the OS/2 form with 16-bit sides


class Kind(StrEnum):
    """The formats that are read; anything else is refused unseen."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    BMP = "bmp"
    TIFF = "tiff"
    GIF = "gif"


@dataclass(frozen=True, slots=True)
class Header:
    """width_px, height_px: as stored, not turned. orientation: EXIF 1 to 8. adobe: a JPEG with an Adobe marker.

    exif: a JPEG's EXIF block, from its byte order mark on; empty without one, and of other formats.
    """

    kind: Kind
    width_px: int
    height_px: int
    orientation: int = 1
    adobe: bool = False
    exif: bytes = b""


def read_header(data: bytes) -> Header:
    """Recognise a picture by its first bytes and read its size.

    Raises:
        ImageFormatError: not one of the known formats, a header cut short, or no area.
        ImageSizeError: a side over SIDE_LIMIT_PX.
    """
    try:
        header = next((read(data) for magic, read in _READERS if data.startswith(magic)), None)
    except (error, IndexError, StopIteration) as damage:
        raise ImageFormatError from damage
    if header is None or min(header.width_px, header.height_px) < SIDE_MINIMUM_PX:
        raise ImageFormatError
    if max(header.width_px, header.height_px) > SIDE_LIMIT_PX:
        raise ImageSizeError
    return header


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the body of each segment before the first scan."""
    at = 2
    while True:
        at = data.find(b"\xff", at)
        while at >= 0 and data[at] == 0xFF:  # noqa: PLR2004 - fill bytes, T.81 B.1.1.2
            at += 1
        marker = data[at]
        if at < 0 or marker in (_JPEG_SCAN, _JPEG_END):
            return
        at += 1
        if marker in _JPEG_BARE:
            continue
        (length,) = _U16B.unpack_from(data, at)
        yield marker, at + 2, at + length
        at += max(length, 2)


def _read_jpeg(data: bytes) -> Header:
    size, exif, adobe = None, b"", False
    for marker, start, end in _jpeg_segments(data):
        if marker in _JPEG_SIZED and size is None:
            size = Struct(">HH").unpack_from(data, start + 1)
        elif marker == _JPEG_APP1 and data[start : start + 6] == _EXIF_MARK and not exif:
            exif = data[start + 6 : end]
        elif marker == _JPEG_APP14 and data[start : start + 5] == b"Adobe":
            adobe = True
    if size is None:
        raise ImageFormatError
    return Header(Kind.JPEG, size[1], size[0], _exif_orientation(exif), adobe, exif)


def _read_png(data: bytes) -> Header:
    width_px, height_px = Struct(">II").unpack_from(data, 16)
    return Header(Kind.PNG, width_px, height_px, _chunk_orientation(data, 8, ">I4s", b"eXIf", trailer_bytes=4))


def _read_webp(data: bytes) -> Header:
    if data[8:12] != b"WEBP":
        raise ImageFormatError
    chunk = data[12:16]
    if chunk == b"VP8X":
        width_px, height_px = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        orientation = _chunk_orientation(data, 12, "<4sI", b"EXIF", trailer_bytes=0)
        return Header(Kind.WEBP, width_px, height_px, orientation)
    if chunk == b"VP8L":
        (bits,) = _U32L.unpack_from(data, 21)
        return Header(Kind.WEBP, 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if chunk == b"VP8 ":
        width_px, height_px = Struct("<HH").unpack_from(data, 26)
        return Header(Kind.WEBP, width_px & 0x3FFF, height_px & 0x3FFF)
    raise ImageFormatError


def _read_bmp(data: bytes) -> Header:
    (header_bytes,) = _U32L.unpack_from(data, 14)
    layout = Struct("<HH") if header_bytes == _BMP_CORE_HEADER_BYTES else Struct("<ii")
    width_px, height_px = layout.unpack_from(data, 18)
    return Header(Kind.BMP, width_px, abs(height_px))  # a negative height only says that rows run downwards


def _read_gif(data: bytes) -> Header:
    width_px, height_px = Struct("<HH").unpack_from(data, 6)
    return Header(Kind.GIF, width_px, height_px)


def _read_tiff(data: bytes) -> Header:
    tags = _tiff_tags(data)
    if not {_IMAGE_WIDTH, _IMAGE_LENGTH} <= tags.keys():
        raise ImageFormatError
    return Header(Kind.TIFF, tags[_IMAGE_WIDTH], tags[_IMAGE_LENGTH], tags.get(_ORIENTATION, 1))


def _tiff_tags(data: bytes) -> dict[int, int]:
    """The first value of every integer tag of the first directory."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        raise ImageFormatError
    (directory,) = Struct(order + "I").unpack_from(data, 4)
    (count,) = Struct(order + "H").unpack_from(data, directory)
    tags: dict[int, int] = {}
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind = Struct(order + "HH").unpack_from(data, at)
        if kind in (_BYTE, _SHORT, _LONG):
            (value,) = Struct(order + {_BYTE: "B", _SHORT: "H", _LONG: "I"}[kind]).unpack_from(data, at + 8)
            tags.setdefault(tag, value)
    return tags


def _exif_orientation(exif: bytes) -> int:
    """The orientation of an EXIF block; 1 where it is missing or the block is damaged, as viewers do."""
    try:
        value = _tiff_tags(exif.removeprefix(_EXIF_MARK)).get(_ORIENTATION, 1)
    except (error, ImageFormatError):
        return 1
    return value if value in range(1, 9) else 1


def _chunk_orientation(
    data: bytes, at: int, layout: Literal[">I4s", "<4sI"], wanted: bytes, *, trailer_bytes: int
) -> int:
    """Walk the chunks of a PNG or a RIFF file to its EXIF block."""
    reader = Struct(layout)
    while at + reader.size <= len(data):
        first, second = reader.unpack_from(data, at)
        name, length = (first, second) if isinstance(first, bytes) else (second, first)
        body = at + reader.size
        if name == wanted:
            return _exif_orientation(data[body : body + length])
        at = body + length + trailer_bytes
        if trailer_bytes == 0:
            at += length % 2  # RIFF pads odd chunks
    return 1


_U16B, _U32L = Struct(">H"), Struct("<I")
_READERS: tuple[tuple[bytes, Callable[[bytes], Header]], ...] = (
    (b"\xff\xd8\xff", _read_jpeg),
    (b"\x89PNG\r\n\x1a\n", _read_png),
    (b"RIFF", _read_webp),
    (b"BM", _read_bmp),
    (b"GIF87a", _read_gif),
    (b"GIF89a", _read_gif),
    (b"II*\0", _read_tiff),
    (b"MM\0*", _read_tiff),
)
