"""What is read of a picture file's EXIF block, and that damage to it does no harm."""

import io
import random
from datetime import datetime, timedelta, timezone

import pytest
from PIL import ExifTags, Image

from likeness.domain.metadata import Metadata
from likeness.pipeline.image import decode
from likeness.pipeline.metadata import TEXT_CHARS_MAX, read_metadata


def picture(exif: Image.Exif, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (90, 120, 150)).save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def told(**values: object) -> Image.Exif:
    exif = Image.Exif()
    for name, value in values.items():
        tag = getattr(ExifTags.Base, name).value
        (exif.get_ifd(ExifTags.IFD.Exif) if tag > ExifTags.Base.ExifOffset else exif)[tag] = value
    return exif


def read(data: bytes) -> Metadata:
    return read_metadata(data, decode(data))


def test_everything_that_is_compared_is_read() -> None:
    exif = told(
        Make="Maker\0",
        Model=" A 7 ",
        Software="1.2",
        Orientation=6,
        DateTimeOriginal="2026:03:01 10:20:30",
        OffsetTimeOriginal="+02:00",
        ExifImageWidth=4000,
        ExifImageHeight=3000,
    )
    taken_at = datetime(2026, 3, 1, 10, 20, 30, tzinfo=timezone(timedelta(hours=2)))
    assert read(picture(exif)) == Metadata(
        is_jpeg=True,
        width_px=48,
        height_px=64,
        make="Maker",
        model="A 7",
        software="1.2",
        stated_size_px=(4000, 3000),
        orientation=6,
        taken_at=taken_at,
    )


def test_a_file_that_says_nothing() -> None:
    assert read(picture(Image.Exif())) == Metadata(is_jpeg=True, width_px=64, height_px=48)
    assert read(picture(Image.Exif())).is_empty


def test_the_date_of_the_file_serves_where_the_shots_is_missing() -> None:
    seen = read(picture(told(DateTime="2026:03:01 10:20:30"))).taken_at
    assert seen is not None
    assert seen.isoformat() == "2026-03-01T10:20:30"


@pytest.mark.parametrize(
    "values",
    [
        {"DateTimeOriginal": "0000:00:00 00:00:00"},
        {"DateTimeOriginal": "yesterday"},
        {"DateTimeOriginal": "0001:01:01 00:00:00", "OffsetTimeOriginal": "+14:00"},
        {"DateTimeOriginal": "9999:12:31 23:59:59", "OffsetTimeOriginal": "-12:00"},
        {"DateTimeOriginal": "1980:01:01 00:00:00"},
        {"Make": "\0\0"},
        {"Orientation": 9},
        {"ExifImageWidth": 0, "ExifImageHeight": 0},
    ],
)
def test_what_says_nothing_counts_as_nothing(values: dict[str, object]) -> None:
    assert read(picture(told(**values))).is_empty


def test_texts_are_short_and_printable() -> None:
    make = read(picture(told(Make="M\x1b[31m\n" + "x" * 500))).make
    assert make is not None
    assert make.isprintable()
    assert len(make) == TEXT_CHARS_MAX


def test_only_a_jpeg_is_one() -> None:
    assert not read(picture(told(Make="Maker"), "PNG")).is_jpeg


def test_a_damaged_block_does_no_harm() -> None:
    sound = picture(told(Make="Maker", Model="A", DateTimeOriginal="2026:03:01 10:20:30", Orientation=1))
    start = sound.index(b"Exif\0\0")
    end = start - 2 + int.from_bytes(sound[start - 2 : start], "big")
    image = decode(sound)
    chance = random.Random(5)  # noqa: S311 - a test's damage
    outcomes = set()
    for _ in range(2000):
        damaged = bytearray(sound)
        for _ in range(chance.randint(1, 6)):
            damaged[chance.randrange(start + 6, end)] = chance.randrange(256)
        outcomes.add(read_metadata(bytes(damaged), image))
    assert len(outcomes) > 50
