"""Clips from which rolling bands are learned: live, and shown on simulated screens."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import cv2
import numpy as np

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models.banding import describe
from likeness.pipeline.clip import decode_clip
from training.genuineness.independent.camera import wander
from training.genuineness.scene import Scene
from training.genuineness.simulate import display
from training.genuineness.simulate.optics import to_light, to_pixels
from training.pictures import Picture, cfp, clip_frames, lfw, london, read

if TYPE_CHECKING:
    from av.video.stream import VideoStream

SIDE_PX = 160
"""Long side of the simulated clips: thrice the grid of a series."""
FRAMES = 25
"""Of a clip: the second that a series takes."""
FIT_SHARE = 2 / 3
PORTRAITS = 40
"""People of each set of portraits."""
REFRESH_SHARE = 1 / 2
"""Of the first simulator's screens, those whose refresh shows; the second simulator is left as it is."""
RATES = (24, 25, 30)
"""Frames a second."""

Screen = Callable[[Scene, np.random.Generator], Scene]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """name: of SOURCES. key: what it is split by: the file of a clip, the person of a portrait. frames: RGB, small."""

    name: str
    key: str
    frames: tuple[ImageArray, ...]

    @property
    def fitted(self) -> bool:
        """Whether the regression is fitted on it; the same in every run."""
        return zlib.crc32(self.key.encode()) / 2**32 < FIT_SHARE


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A clip made: its source, whether it is an attack, held by hand or lit by a lamp, and its features."""

    source: Source
    attack: bool
    by_hand: bool
    by_lamp: bool
    features: FloatArray


def grid(data: Path) -> list[Source]:
    """Each whole second of every GRID clip."""
    sources = []
    for path in sorted(data.glob("grid/s1/*.mpg")):
        frames = [_small(frame) for frame in clip_frames(path, FRAMES)]
        starts = range(0, len(frames) - FRAMES + 1, FRAMES)
        sources += [Source("GRID", path.stem, tuple(frames[start : start + FRAMES])) for start in starts]
    return sources


def portraits(data: Path) -> list[Source]:
    """One picture of some people of each set, standing still."""
    sources = []
    for pictures in (lfw(data), cfp(data), london(data)):
        firsts: dict[str, Picture] = {it.person: it for it in reversed(pictures)}
        for person in sorted(firsts, key=lambda it: zlib.crc32(it.encode()))[:PORTRAITS]:
            frame = _small(read(firsts[person].path, 4 * SIDE_PX))
            sources.append(Source("portraits", f"{firsts[person].data_set}/{person}", (frame,) * FRAMES))
    return sources


def _small(frame: ImageArray) -> ImageArray:
    """A frame of SIDE_PX, both sides even, as codecs want."""
    height_px, width_px = frame.shape[:2]
    scale = SIDE_PX / max(height_px, width_px)
    size = (2 * round(width_px * scale / 2), 2 * round(height_px * scale / 2))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


def film(source: Source, screen: Screen | None, chance: np.random.Generator) -> Made:
    """Film a source, show it on a screen if one is given and film that, compress and decode it as the server does."""
    rate = int(chance.choice(RATES))
    by_hand, by_lamp = bool(chance.random() < 3 / 4), bool(chance.random() < 1 / 2)
    frames = list(source.frames)
    frames = _hand(frames, rate, chance) if by_hand else frames
    frames = _lamp(frames, rate, chance) if by_lamp else frames
    if screen is not None:
        frames = [_small(frame) for frame in screen(_scene(frames, rate), chance).frames]
    if screen is display.screen and chance.random() < REFRESH_SHARE:
        frames = _refreshed(frames, rate, chance)
    frames = _exposed(frames, rate, chance)
    if chance.random() < 1 / 3:  # a telephone turned: bands then run along the columns
        frames = [np.ascontiguousarray(frame.transpose(1, 0, 2)) for frame in frames]
    series = decode_clip(_encoded(frames, rate, chance)).series
    if series is None:
        raise RuntimeError("a second at 24 frames a second or more has a series")
    features = describe(series)["banding"]
    return Made(source, screen is not None, by_hand, by_lamp, features)


def _scene(frames: list[ImageArray], rate: int) -> Scene:
    """With a face guessed in the middle, for the display to be placed by; nothing else depends on it here."""
    height_px, width_px = frames[0].shape[:2]
    x, y, half_px = width_px / 2, height_px / 2, 0.22 * min(height_px, width_px)
    box = Box(x - half_px, y - half_px, x + half_px, y + half_px)
    offsets = [(-0.4, -0.3), (0.4, -0.3), (0, 0.1), (-0.3, 0.5), (0.3, 0.5)]  # eyes, nose, corners of the mouth
    points = np.array([(x + across * half_px, y + down * half_px) for across, down in offsets], np.float32)
    return Scene(tuple(frames), (box,) * len(frames), (points,) * len(frames), float(rate))


def _hand(frames: list[ImageArray], rate: int, chance: np.random.Generator) -> list[ImageArray]:
    """As a camera held by hand sees it: it wanders smoothly, and trembles at least as much as simulated screens."""
    height_px, width_px = frames[0].shape[:2]
    reach_px, speed_px = chance.uniform(0, 0.05) * SIDE_PX, chance.uniform(0, 0.005) * SIDE_PX
    smooth = np.column_stack([wander(len(frames), rate, chance) for _ in range(2)]) * reach_px
    moved = smooth + np.cumsum(chance.normal(0, speed_px, smooth.shape), axis=0)
    turns_deg = wander(len(frames), rate, chance) * chance.uniform(0, 3)
    zoom = 1 + chance.uniform(0, 0.25)
    seen = []
    for frame, shift, turn_deg in zip(frames, moved, turns_deg, strict=True):
        matrix = cv2.getRotationMatrix2D((width_px / 2, height_px / 2), float(turn_deg), float(zoom))
        matrix[:, 2] += shift
        warped = cv2.warpAffine(
            frame, matrix, (width_px, height_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        seen.append(np.asarray(warped, np.uint8))
    return seen


def _lamp(frames: list[ImageArray], rate: int, chance: np.random.Generator) -> list[ImageArray]:
    """By a lamp at twice the frequency of the mains: bands so faint that nobody films by another light."""
    return _pulsed(
        frames, rate, float(chance.choice([100, 120])) * chance.normal(1, 0.002), chance.beta(1, 4) * 0.06, chance
    )


def _refreshed(frames: list[ImageArray], rate: int, chance: np.random.Generator) -> list[ImageArray]:
    """By a screen's refresh, so slow that under two bands are in view and the whole picture beats with the camera.

    The bars of `display.screen` are more and roll at any speed; those of a refresh follow from the two rates.
    """
    frequency_hz = float(chance.choice([50, 60, 75, 90])) * chance.normal(1, 0.005)
    return _pulsed(frames, rate, frequency_hz, chance.beta(1, 3) * 0.15, chance)


def _pulsed(
    frames: list[ImageArray], rate: int, frequency_hz: float, depth: float, chance: np.random.Generator
) -> list[ImageArray]:
    """By light that pulses, read row by row."""
    readout_s, phase = chance.uniform(0.008, 0.03), chance.random()
    rows = np.linspace(0, readout_s, frames[0].shape[0])
    lit = []
    for index, frame in enumerate(frames):
        wave = np.cos(2 * np.pi * (frequency_hz * (rows + index / rate) + phase))
        lit.append(to_pixels(to_light(frame) * (1 + depth * wave).astype(np.float32)[:, None, None]))
    return lit


def _exposed(frames: list[ImageArray], rate: int, chance: np.random.Generator) -> list[ImageArray]:
    """With an exposure that drifts and at times steps, and with noise."""
    drift = wander(len(frames), 4 * rate, chance) * chance.beta(1, 3) * 0.2  # four times as slow as a hand
    if chance.random() < 1 / 5:
        drift[chance.integers(len(frames)) :] += chance.normal(0, 0.1)
    noise = chance.exponential(0.01)
    exposed = []
    for frame, gain in zip(frames, np.exp(drift), strict=True):
        light = to_light(frame) * np.float32(gain)
        exposed.append(to_pixels(light + np.asarray(chance.normal(0, noise, light.shape), np.float32) * np.sqrt(light)))
    return exposed


def _encoded(frames: list[ImageArray], rate: int, chance: np.random.Generator) -> bytes:
    """As a recorder of a telephone or a browser compresses it, well or badly, its clock not quite even."""
    codec = str(chance.choice(["libx264", "libvpx", "mpeg4"]))
    # libvpx: a positive `cpu-used` would follow the clock, and no two runs be alike.
    options = {
        "libx264": {"crf": str(chance.integers(18, 36)), "preset": "veryfast", "bf": str(chance.choice([0, 2]))},
        "libvpx": {"deadline": "realtime", "cpu-used": "-8", "b": str(chance.integers(80_000, 800_000))},
        "mpeg4": {"b": str(chance.integers(150_000, 1_500_000))},
    }[codec]
    uneven_s = chance.normal(0, chance.exponential(0.002), len(frames)).clip(-0.01, 0.01)
    keys = int(chance.choice([12, 30, 250]))
    file = BytesIO()
    with av.open(file, "w", format="matroska") as output:
        video = cast("VideoStream", output.add_stream(codec, rate=rate, options={**options, "g": str(keys)}))
        video.height, video.width = frames[0].shape[:2]
        video.pix_fmt = "yuv420p"
        video.codec_context.thread_count = 1
        video.codec_context.time_base = Fraction(1, 1000)
        for index, (frame, late_s) in enumerate(zip(frames, uneven_s, strict=True)):
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = round(1000 * (index / rate + late_s)) + 10, Fraction(1, 1000)
            output.mux(video.encode(picture))
        output.mux(video.encode(None))
    return file.getvalue()
