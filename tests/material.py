"""Pictures and clips the tests send, made from the sample portrait."""

import struct
import zlib
from functools import cache

import cv2
import numpy as np

from likeness import samples, spoken_clips
from likeness.domain.face import ImageArray
from likeness.spoken_clips import Footage


@cache
def clip() -> bytes:
    return samples.pan_clip()


@cache
def reference() -> bytes:
    return samples.reference()


@cache
def stranger() -> bytes:
    return samples.stranger()


@cache
def short_clip() -> bytes:
    return samples.encode_clip(samples.pan_frames()[:4])


@cache
def long_clip() -> bytes:
    return samples.encode_clip(samples.pan_frames() * 5)


@cache
def faceless_clip() -> bytes:
    return samples.encode_clip([frame[:, :120] for frame in samples.pan_frames()])


@cache
def blurred_clip() -> bytes:
    return samples.encode_clip([as_image(cv2.GaussianBlur(frame, (0, 0), 8)) for frame in samples.pan_frames()])


@cache
def crowded_clip() -> bytes:
    """Two faces of one size, side by side."""
    return samples.encode_clip([np.hstack([frame[:, 120:520], frame[:, 120:520]]) for frame in samples.pan_frames()])


@cache
def swapped_clip() -> bytes:
    """Half way the face becomes somebody else's."""
    other = decode(samples.stranger())[20:245, 72:372]
    still = as_image(cv2.resize(other, samples.CLIP_SIZE_PX, interpolation=cv2.INTER_CUBIC))
    frames = samples.pan_frames()
    return samples.encode_clip(frames[: len(frames) // 2] + [still] * (len(frames) // 2))


@cache
def two_faces() -> bytes:
    """A picture with two faces of one size."""
    face = decode(samples.reference())[:300, 72:372]
    return samples.encode(np.hstack([face, face]))


@cache
def no_face() -> bytes:
    return samples.encode(samples.portrait()[300:, :200])


@cache
def grey_reference() -> bytes:
    grey = cv2.cvtColor(decode(samples.reference()), cv2.COLOR_RGB2GRAY)
    return samples.encode(as_image(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)))


@cache
def shaded_reference() -> bytes:
    """One half of the face in deep shadow, so that it is little like its mirror image."""
    left_to_right = np.interp(
        np.arange(512), [samples.FACE_CENTRE_PX[0] - 22, samples.FACE_CENTRE_PX[0] + 22], [0.1, 1]
    )
    return samples.encode(as_image(samples.portrait() * left_to_right[:, np.newaxis]))


@cache
def turned_reference() -> bytes:
    return samples.encode(np.ascontiguousarray(np.rot90(decode(samples.reference()), 2)))


def wide_png(width_px: int = 4097, height_px: int = 8) -> bytes:
    """A sound PNG of any claimed size, a few bytes long."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    pixels = zlib.compress((b"\0" + bytes(width_px)) * height_px, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def decode(picture: bytes) -> ImageArray:
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return as_image(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def as_image(image: object) -> ImageArray:
    return np.asarray(image, dtype=np.uint8)


@cache
def accompanied_clip() -> bytes:
    """A second, clearly smaller face beside the first: half as wide."""
    frames = []
    for frame in samples.pan_frames():
        scene = frame.copy()
        scene[240:480, 480:] = cv2.resize(frame, (320, 240), interpolation=cv2.INTER_AREA)[:, 80:240]
        frames.append(scene)
    return samples.encode_clip(frames)


def sounding(frames: list[ImageArray], *, sound: bool = True, duration_s: float = 4.0) -> bytes:
    """The frames over and over, with a tone where sound is wanted: nobody says a digit."""
    count = round(duration_s * spoken_clips.FPS)
    time_s = np.arange(round(duration_s * spoken_clips.RATE_HZ) if sound else 0) / spoken_clips.RATE_HZ
    tone = (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    return spoken_clips.encode(Footage(tuple((frames * count)[:count]), tone))


@cache
def sounding_clip() -> bytes:
    """The panned portrait for 4 s, with a tone."""
    return sounding(samples.pan_frames())


@cache
def silent_clip() -> bytes:
    """The panned portrait for 4 s, without a sound track."""
    return sounding(samples.pan_frames(), sound=False)


SELFIE_SIDE_PX = 480


def selfie_of(picture: ImageArray, centre_px: tuple[int, int], width_px: int) -> ImageArray:
    """A square cut out around a face, the face a third of it."""
    half = round(1.5 * width_px)
    padded = cv2.copyMakeBorder(picture, half, half, half, half, cv2.BORDER_REPLICATE)
    x, y = centre_px
    return as_image(cv2.resize(padded[y : y + 2 * half, x : x + 2 * half], (SELFIE_SIDE_PX, SELFIE_SIDE_PX)))


def _front_selfie() -> ImageArray:
    return selfie_of(samples.portrait(), samples.FACE_CENTRE_PX, 90)


@cache
def front_selfie() -> bytes:
    return samples.encode(_front_selfie())


@cache
def blurred_selfie() -> bytes:
    return samples.encode(as_image(cv2.GaussianBlur(_front_selfie(), (0, 0), 8)))


@cache
def dark_selfie() -> bytes:
    return samples.encode(as_image(_front_selfie() // 6))


@cache
def cut_off_selfie() -> bytes:
    """The face at the edge, part of it outside."""
    return samples.encode(_front_selfie()[:, 215:])


@cache
def two_selfies() -> bytes:
    """Two faces of one size side by side."""
    one = _front_selfie()[:, 60:420]
    return samples.encode(np.hstack([one, one]))
