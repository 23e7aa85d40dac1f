"""Clips made in a test: real pictures through real encoders and containers."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from io import BytesIO
from struct import pack
from typing import TYPE_CHECKING, cast

import av
import cv2
import numpy as np

from likeness.domain.face import ImageArray

if TYPE_CHECKING:
    from av.video.stream import VideoStream

MATRICES = {  # a, b, c, d of the display matrix for each EXIF orientation
    1: (1, 0, 0, 1),
    2: (-1, 0, 0, 1),
    3: (-1, 0, 0, -1),
    4: (1, 0, 0, -1),
    5: (0, 1, 1, 0),
    6: (0, 1, -1, 0),
    7: (0, -1, -1, 0),
    8: (0, -1, 1, 0),
}


def make_clip(  # noqa: PLR0913 - each is a way in which clips differ
    pictures: Sequence[ImageArray],
    *,
    codec: str = "libx264",
    container: str = "mp4",
    rate: int = 15,
    pixel_format: str = "yuv420p",
    sound: bool = False,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    time_of: Callable[[int], float] | None = None,
) -> bytes:
    """Encode the pictures as frames 1/rate apart, or at `time_of(index)` seconds."""
    file = BytesIO()
    with av.open(file, "w", format=container, options=container_options or {}) as output:
        video = cast("VideoStream", output.add_stream(codec, rate=rate, options=options or {}))
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt = pixel_format
        video.codec_context.thread_count = 2
        if time_of:
            video.codec_context.time_base = Fraction(1, 1000)
        audio = output.add_stream("libopus" if container == "webm" else "aac", rate=48000) if sound else None
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if time_of:
                frame.pts, frame.time_base = round(1000 * time_of(index)), Fraction(1, 1000)
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if audio:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 48000), np.float32), format="fltp", layout="stereo")
            silence.sample_rate = 48000
            output.mux(audio.encode(silence))
            output.mux(audio.encode(None))
    return file.getvalue()


def with_matrix(mp4: bytes, orientation: int) -> bytes:
    """The same MP4, shown turned as a telephone asks: the display matrix in its track header is rewritten."""
    plain = pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    at = mp4.index(plain, mp4.index(b"tkhd"))
    a, b, c, d = (value << 16 for value in MATRICES[orientation])
    return mp4[:at] + pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + mp4[at + len(plain) :]


def scene_of(person: ImageArray, width_px: int, height_px: int, face: float) -> ImageArray:
    """The portrait on a grey ground, so that its frame fills `face` of the ground's width."""
    side = round(width_px * face)
    scale = side / person.shape[1]
    small = cv2.resize(person, (side, round(person.shape[0] * scale)), interpolation=cv2.INTER_AREA)
    ground = np.full((height_px, width_px, 3), 128, np.uint8)
    top, left = (height_px - small.shape[0]) // 2, (width_px - side) // 2
    ground[top : top + small.shape[0], left : left + side] = small
    return ground


def clip_frames(person: ImageArray, count: int) -> list[ImageArray]:
    """A selfie clip: the portrait drifts a little."""
    scene = scene_of(person, 480, 640, 0.9)
    return [np.roll(scene, (index % 5, index % 7), axis=(0, 1)) for index in range(count)]
