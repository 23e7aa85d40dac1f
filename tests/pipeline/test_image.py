"""Every kind of picture that is accepted, and that everything else is refused, without a pixel decoded in vain."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import simplejpeg
from PIL import Image

from likeness.domain.errors import ImageError, ImageFormatError, ImageSizeError
from likeness.domain.face import ImageArray
from likeness.pipeline.image import chroma, decode, encode_jpeg, turn, upright


@pytest.fixture(scope="module")
def scene(data: Path) -> ImageArray:
    pixels = decode((data / "edge/groups/bald_guys.jpg").read_bytes()).pixels
    return np.asarray(cv2.resize(pixels, (360, 240), interpolation=cv2.INTER_AREA), np.uint8)


def difference(one: ImageArray, other: ImageArray) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


MODES = {
    "JPEG": ("RGB", "L", "CMYK", "1"),
    "PNG": ("RGB", "L", "1", "P", "RGBA", "LA"),
    "WEBP": ("RGB", "L", "P", "RGBA"),
    "BMP": ("RGB", "L", "1", "P", "RGBA"),
    "TIFF": ("RGB", "L", "1", "P", "RGBA", "CMYK", "LA", "YCbCr"),
    "GIF": ("RGB", "L", "1", "P", "RGBA"),
}


@pytest.mark.parametrize(("kind", "mode"), [(kind, mode) for kind, modes in MODES.items() for mode in modes])
def test_every_format_in_every_mode(kind: str, mode: str, scene: ImageArray) -> None:
    whole = Image.fromarray(scene)
    picture = whole.convert(mode) if mode != "P" else whole.quantize(256)
    data = saved(picture, kind)
    expected = np.asarray(picture.convert("RGB"))
    # lossy: JPEG, WebP; 256 colours: GIF
    assert difference(decode(data).pixels, expected) < {"JPEG": 8, "WEBP": 8, "GIF": 10}.get(kind, 1)


def test_jpeg_cmyk_with_and_without_the_adobe_marker(scene: ImageArray) -> None:
    adobe = saved(Image.fromarray(scene).convert("CMYK"), "JPEG", quality=95)
    at = adobe.index(b"\xff\xee")
    length = 2 + int.from_bytes(adobe[at + 2 : at + 4], "big")
    bare = adobe[:at] + adobe[at + length :]
    assert difference(decode(adobe).pixels, scene) < 4
    # without the marker 255 means full ink, so the same numbers are the negative in each ink
    light = 255 - simplejpeg.decode_jpeg(bare, colorspace="CMYK").astype(int)
    assert difference(decode(bare).pixels, (light[..., :3] * light[..., 3:] / 255).round().astype(np.uint8)) < 1


@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_sixteen_bits(kind: str, scene: ImageArray) -> None:
    deep = scene[..., ::-1].astype(np.uint16) * 257
    for pixels, expected in ((deep, scene), (deep[..., 2], np.dstack([scene[..., 0]] * 3))):
        assert difference(decode(cv2.imencode(kind, pixels)[1].tobytes()).pixels, expected) <= 1


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_shows_white_not_what_is_hidden_under_it(kind: str, scene: ImageArray) -> None:
    alpha = np.full(scene.shape[:2], 255, np.uint8)
    alpha[:100], alpha[100:150] = 0, 128
    picture = Image.fromarray(np.dstack([scene, alpha]))
    pixels = decode(saved(picture, kind, **({"lossless": True} if kind == "WEBP" else {}))).pixels
    assert (pixels[:100] == 255).all()
    half = scene[100:150] * (128 / 255) + 255 * (127 / 255)
    assert difference(pixels[100:150], half.round().astype(np.uint8)) < 2
    assert difference(pixels[150:], scene[150:]) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_in_every_format_that_has_one(kind: str, orientation: int, scene: ImageArray) -> None:
    stored = upright(scene, {6: 8, 8: 6}.get(orientation, orientation))
    exif = Image.Exif()
    exif[274] = orientation
    options = {"tiffinfo": {274: orientation}} if kind == "TIFF" else {"exif": exif.tobytes(), "quality": 95}
    image = decode(saved(Image.fromarray(stored), kind, **options))
    assert difference(image.pixels, scene) < 6
    assert (image.height_px, image.width_px) == scene.shape[:2]


def test_first_frame_of_moving_pictures(scene: ImageArray) -> None:
    first, second = Image.fromarray(scene), Image.fromarray(255 - scene)
    for kind in ("GIF", "WEBP", "PNG"):
        data = saved(first, kind, save_all=True, append_images=[second], duration=100)
        assert difference(decode(data).pixels, scene) < 10


def test_large_jpeg_is_decoded_at_the_scale_that_is_needed(scene: ImageArray) -> None:
    large = encode_jpeg(np.asarray(cv2.resize(scene, (4000, 3000)), np.uint8), 85)
    image = decode(large, 960)
    assert image.pixels.shape == (750, 1000, 3)
    assert (image.width_px, image.height_px, image.scale) == (4000, 3000, 0.25)
    assert decode(large, 1001).pixels.shape[1] > 1000
    assert decode(large).scale == 1


def test_4096_pixels_are_the_limit_judged_from_the_header() -> None:
    line = np.zeros((2, 4096, 3), np.uint8)
    assert decode(cv2.imencode(".png", line)[1].tobytes()).width_px == 4096
    for kind in (".png", ".jpg", ".webp", ".bmp", ".tiff", ".gif"):
        data = cv2.imencode(kind, np.zeros((4097, 8, 3), np.uint8))[1].tobytes()
        with pytest.raises(ImageSizeError):
            decode(data)


def png_of(width_px: int, height_px: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_bombs_and_pictures_without_area() -> None:
    for size in ((60000, 60000), (1 << 31, 2), (4097, 4097)):
        with pytest.raises(ImageSizeError):
            decode(png_of(*size))
    gif = b"GIF89a" + struct.pack("<HH", 65535, 65535) + bytes(20)
    bmp = b"BM" + bytes(12) + struct.pack("<Iii", 40, 50000, -50000) + bytes(40)
    for bomb in (gif, bmp):
        with pytest.raises(ImageSizeError):
            decode(bomb)
    for size in ((0, 0), (0, 100), (1, 1), (1, 100)):
        with pytest.raises(ImageFormatError):
            decode(png_of(*size))
    with pytest.raises(ImageFormatError):  # claims 4096 x 4096, holds nothing
        decode(png_of(4096, 4096))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.95])
def test_a_cut_file_is_refused(kind: str, keep: float, scene: ImageArray) -> None:
    data = saved(Image.fromarray(scene), kind)
    for size_px in (None, 100):
        with pytest.raises(ImageFormatError):
            decode(data[: int(len(data) * keep)], size_px)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8\xff",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"\0\0\0\x1cftypheic" + bytes(100),
        b"\0\0\0\x1cftypavif" + bytes(100),
        b"\x76\x2f\x31\x01" + bytes(100),
        b"P6\n2 2\n255\n" + bytes(12),
        b"RIFF\0\0\0\0WEBP",
        b"II*\0\xff\xff\xff\xff",
        b"BM",
        b"GIF89a",
        b"a" * 5000,
    ],
)
def test_refuses_everything_else(data: bytes) -> None:
    with pytest.raises(ImageFormatError):
        decode(data)


def test_damaged_files_are_refused_or_decoded_but_never_crash(data: Path) -> None:
    refused = decoded = 0
    for path in sorted((data / "edge/corrupt").iterdir()):
        try:
            image = decode(path.read_bytes(), 960)
        except ImageError:
            refused += 1
        else:
            assert max(image.pixels.shape[:2]) <= 4096
            decoded += 1
    assert refused + decoded == 200
    assert refused > 150


def test_chroma_tells_black_and_white(scene: ImageArray) -> None:
    grey = np.asarray(np.dstack([cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY)] * 3), np.uint8)
    assert chroma(decode(encode_jpeg(grey, 70)).pixels) < 1
    assert chroma(scene) > 5


def test_turn_is_clockwise(scene: ImageArray) -> None:
    assert np.array_equal(turn(scene, 90), np.rot90(scene, -1))
    assert np.array_equal(turn(scene, 270), np.rot90(scene))
    assert np.array_equal(turn(turn(scene, 180), 180), scene)
