"""What a picture file says of the camera, read by Pillow's EXIF reader, which decodes no pixel for it."""

import warnings
from datetime import MAXYEAR, datetime, timedelta, timezone

from PIL import ExifTags, Image

from likeness.domain.metadata import Metadata
from likeness.pipeline.header import Kind, read_header
from likeness.pipeline.image import DecodedImage

TEXT_CHARS_MAX = 200
"""Of a camera's make, model or software; real ones have under 60."""
_YEAR_MIN = 1990
"""No camera wrote EXIF before its first version of 1995; clocks that were never set often stand at 1980 or 1970."""
_TIME_CHARS = 19
_ZONE_PATTERN_CHARS = 6
_CAMERA = (
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.Orientation,
    ExifTags.Base.DateTime,
)
_SHOT = (
    ExifTags.Base.ExifImageWidth,
    ExifTags.Base.ExifImageHeight,
    ExifTags.Base.DateTimeOriginal,
    ExifTags.Base.OffsetTimeOriginal,
)


def read_metadata(data: bytes, image: DecodedImage) -> Metadata:
    """What a picture file says; a damaged EXIF block counts as none, as viewers treat it.

    Args:
        data: the file.
        image: the same, decoded.

    Raises:
        ImageFormatError, ImageSizeError: see `header.read_header`.
    """
    header = read_header(data)
    said = _said(header.exif)
    return Metadata(
        header.kind is Kind.JPEG,
        image.width_px,
        image.height_px,
        _text(said.get("Make")),
        _text(said.get("Model")),
        _text(said.get("Software")),
        _size(said.get("ExifImageWidth"), said.get("ExifImageHeight")),
        _orientation(said.get("Orientation")),
        _time(said.get("DateTimeOriginal") or said.get("DateTime"), said.get("OffsetTimeOriginal")),
    )


def _said(block: bytes) -> dict[str, object]:
    """The entries of an EXIF block that are compared, by name; none where it is damaged, whatever the reader raises.

    Other entries are not decoded: cameras put kilobytes of their own there, and forgers anything.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of what it can make no sense of, and goes on
            camera = _directory(block)
            at = camera.get(ExifTags.Base.ExifOffset)
            shot = _directory(block, at) if isinstance(at, int) else Image.Exif()
            found = [
                (tag, directory.get(tag)) for directory, tags in ((camera, _CAMERA), (shot, _SHOT)) for tag in tags
            ]
    except Exception:  # noqa: BLE001  whatever damage makes the reader raise
        return {}
    return {tag.name: value for tag, value in found}


def _directory(block: bytes, at: int | None = None) -> Image.Exif:
    """An EXIF block's first directory, or that which begins at an offset; entries are decoded when asked for."""
    if at is not None:
        block = block[:4] + at.to_bytes(4, "little" if block[:2] == b"II" else "big") + block[8:]
    exif = Image.Exif()
    exif.load(block)
    return exif


def _text(value: object) -> str | None:
    """Printable text without the blanks and zeros that cameras fill up with; None where nothing is left."""
    if not isinstance(value, str):
        return None
    text = "".join(char for char in value if char.isprintable()).strip()[:TEXT_CHARS_MAX]
    return text or None


def _size(width: object, height: object) -> tuple[int, int] | None:
    if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0:
        return min(width, 1 << 31), min(height, 1 << 31)
    return None


def _orientation(value: object) -> int | None:
    return value if isinstance(value, int) and value in range(1, 9) else None


def _time(value: object, offset: object) -> datetime | None:
    """EXIF's `YYYY:MM:DD HH:MM:SS`, with the zone where the file states one (`+HH:MM`); None where unreadable.

    A year before _YEAR_MIN or the last that can be told is no time of a shot; in UTC it may be no time at all.
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.strptime(value[:_TIME_CHARS], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  mostly without a zone
    except ValueError:
        return None
    return time.replace(tzinfo=_zone(offset)) if _YEAR_MIN <= time.year < MAXYEAR else None


def _zone(offset: object) -> timezone | None:
    if not isinstance(offset, str) or len(offset.strip("\0 ")) != _ZONE_PATTERN_CHARS:
        return None
    try:
        sign, hours, minutes = {"+": 1, "-": -1}[offset[0]], int(offset[1:3]), int(offset[4:6])
        return timezone(sign * timedelta(hours=hours, minutes=minutes))
    except (KeyError, ValueError):
        return None
