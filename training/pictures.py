"""The data sets: which pictures and clips there are, and who is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from likeness.domain.face import ImageArray
from likeness.pipeline.image import decode, reduce_to
from likeness.settings import Settings

FRAME_SIDE_PX = 1280
"""Long side of a clip's frame; that of pipeline/clip.py."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file, the set it belongs to and the person in it (unique within the set)."""

    path: Path
    data_set: str
    person: str


def lfw(data: Path) -> list[Picture]:
    """Labeled Faces in the Wild: `lfw/<person>/*.jpg`; `data` may be that folder itself."""
    root = data / "lfw" if (data / "lfw").is_dir() else data
    return [Picture(path, "LFW", path.parent.name) for path in sorted(root.glob("*/*.jpg"))]


def cfp(data: Path) -> list[Picture]:
    """Celebrities in Frontal-Profile, the frontal half: `cfp/<person>/frontal/*`."""
    return [Picture(path, "CFP", path.parent.parent.name) for path in sorted(data.glob("cfp/*/frontal/*.*"))]


def london(data: Path) -> list[Picture]:
    """Face Research Lab London Set: `london/<person>/{neutral,smiling}.jpg`."""
    return [Picture(path, "London", path.parent.name) for path in sorted(data.glob("london/*/*.jpg"))]


def read(path: Path, long_side_px: int | None = None) -> ImageArray:
    """Decode a picture as the server does: (height, width, 3), uint8, RGB, upright."""
    pixels = decode(path.read_bytes(), long_side_px).pixels
    return reduce_to(pixels, long_side_px) if long_side_px else pixels


def clip_frames(path: Path, frames_per_s: float) -> Iterator[ImageArray]:
    """Frames of a clip of any length at about this rate: upright RGB, shrunk as the server shrinks them."""
    capture = cv2.VideoCapture(str(path))
    rate = capture.get(cv2.CAP_PROP_FPS) or frames_per_s
    step = max(1, round(rate / frames_per_s))
    index = 0
    while capture.grab():
        if index % step == 0:
            _, frame = capture.retrieve()
            yield reduce_to(np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8), FRAME_SIDE_PX)
        index += 1
    capture.release()


def models_path() -> Path:
    """The folder of all packs' models, where `likeness models prepare` puts them."""
    return Settings().models_path
