"""How clips are filmed for training: encoded and decoded as the server does, by good cameras and by poor ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from likeness import spoken_clips
from likeness.domain.series import MouthSeries
from likeness.domain.sound import Sound
from likeness.models import packs
from likeness.models.views import Aligner
from likeness.pipeline.clip import SAMPLED_FRAMES, decode_clip
from likeness.pipeline.face import FaceDetector
from likeness.pipeline.frames import ClipFrame
from likeness.pipeline.mouths import mouths
from likeness.pipeline.sound import decode_sound
from likeness.pipeline.stages import load_stages
from likeness.spoken_clips import Footage

PACKS = ("default", "mobile")

_SHAKE_PX, _SHAKE_HZ = 6.0, 1.5  # of a picture 360 pixels wide: a hand that holds a photo or a telephone
_POOR_CRF = 36  # a picture of visible blocks
_DARK_GAIN = 0.4
_MOVE_PX, _MOVE_HZ = 18.0, 0.5  # a head that sways by a sixth of its width

Frames = Sequence[ClipFrame]
Filmed = Callable[[], tuple[Frames, Sound]]
"""Makes a clip's frames and sound, as decoded."""
Camera = Callable[[Callable[[], Footage]], Filmed]
"""A way of filming a scene."""


class MouthFinder:
    """Finds faces and mouths by each pack.

    Args:
        models: folder of all packs' models.
    """

    def __init__(self, models: Path) -> None:
        self._stages: dict[str, tuple[FaceDetector, Aligner]] = {
            name: load_stages(packs.prepare(packs.load(name), models))[:2] for name in PACKS
        }

    def find(self, frames: Frames) -> dict[str, MouthSeries]:
        """The mouth by each pack, as the server looks for it: a face in some frames, followed through all."""
        places = [int((part + 0.5) * len(frames) / SAMPLED_FRAMES) for part in range(SAMPLED_FRAMES)]
        chosen = [frames[place] for place in places]
        result = {}
        for name, (detector, aligner) in self._stages.items():
            seen = [(frame.time_s, detector.detect(frame.pixels)) for frame in chosen]
            series = mouths(frames, [(time_s, faces[0]) for time_s, faces in seen if faces], aligner)
            if series is not None:
                result[name] = series
        return result


def filmed(show: Callable[[], Footage], change: Callable[[Footage], Footage] | None = None, crf: int = 20) -> Filmed:
    """A scene, perhaps changed, encoded and decoded as the server does."""

    def film() -> tuple[Frames, Sound]:
        data = spoken_clips.encode(change(show()) if change else show(), crf=crf)
        clip = decode_clip(data, spoken=True)
        return clip.film, decode_sound(data, clip.start_s) or Sound(np.zeros(0, np.float32), 0.0)

    return film


def _at_rate(show: Callable[[], Footage], rate_hz: float) -> Filmed:
    """With frames left out or shown twice."""

    def film() -> tuple[Frames, Sound]:
        frames, sound = filmed(show)()
        moments = np.arange(0, frames[-1].time_s, 1 / rate_hz).tolist()
        nearest = [min(round(moment_s * spoken_clips.FPS), len(frames) - 1) for moment_s in moments]
        return [replace(frames[at], time_s=moment_s) for at, moment_s in zip(nearest, moments, strict=True)], sound

    return film


def _moved(footage: Footage, by_px: float, rate_hz: float) -> Footage:
    """The picture swaying, its border repeated; across and down at other rates, so that it never stands still."""
    phase = 2 * np.pi * rate_hz * np.arange(len(footage.frames)) / spoken_clips.FPS
    moves = np.stack([np.sin(phase), 0.5 * np.sin(1.7 * phase)], axis=1) * by_px
    size = footage.frames[0].shape[1::-1]
    moved = [
        cv2.warpAffine(frame, np.array([[1, 0, across], [0, 1, down]]), size, borderMode=cv2.BORDER_REPLICATE)
        for frame, (across, down) in zip(footage.frames, moves, strict=True)
    ]
    return replace(footage, frames=tuple(np.asarray(it, np.uint8) for it in moved))


def _darkened(footage: Footage) -> Footage:
    return replace(footage, frames=tuple((frame * _DARK_GAIN).astype(np.uint8) for frame in footage.frames))


def _smaller(footage: Footage) -> Footage:
    """Half as wide: a face of about 60 pixels."""
    size = (footage.frames[0].shape[1] // 2, footage.frames[0].shape[0] // 2)
    smaller = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in footage.frames]
    return replace(footage, frames=tuple(np.asarray(it, np.uint8) for it in smaller))


DEGRADATIONS: dict[str, Camera] = {
    "compressed": lambda show: filmed(show, crf=_POOR_CRF),
    "15 fps": lambda show: _at_rate(show, 15.0),
    "30 fps": lambda show: _at_rate(show, 30.0),
    "smaller": lambda show: filmed(show, _smaller),
    "dark": lambda show: filmed(show, _darkened),
    "moving head": lambda show: filmed(show, lambda it: _moved(it, _MOVE_PX, _MOVE_HZ)),
}
PHOTOS: dict[str, Camera] = {
    "photo": lambda show: filmed(show, spoken_clips.still),
    "shaken photo": lambda show: filmed(show, lambda it: _moved(spoken_clips.still(it), _SHAKE_PX, _SHAKE_HZ)),
}
