"""Real pictures and dlib's own models for the parity tests."""

from functools import cache
from pathlib import Path

import cv2
import dlib
import numpy as np

from likeness.domain.face import Box, ImageArray
from likeness.models import packs
from likeness.models.making import weights_path
from likeness.models.manifest import Converted


def pictures(data: Path, count: int) -> list[ImageArray]:
    """The first picture of every nth person of LFW, 250 by 250 pixels."""
    people = sorted((data / "lfw").iterdir())
    chosen = people[:: max(1, len(people) // count)][:count]
    return [read(min(person.glob("*.jpg"))) for person in chosen]


def read(path: Path) -> ImageArray:
    return np.ascontiguousarray(np.asarray(cv2.imread(str(path)), dtype=np.uint8)[:, :, ::-1])


@cache
def weights(stage: str) -> str:
    """Path of dlib's own file for a stage."""
    origin = next(used.file.origin for used in packs.files(packs.load("default")) if used.stage == stage)
    assert isinstance(origin, Converted)
    return str(weights_path(origin))


def rectangle(box: Box) -> dlib.rectangle:
    return dlib.rectangle(int(box.left), int(box.top), int(box.right) - 1, int(box.bottom) - 1)


def corners(box: Box) -> tuple[float, ...]:
    return box.left, box.top, box.right, box.bottom


def agree(one: Box, other: Box) -> bool:
    """Whether two boxes show the same face, seen at different scales."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    common = max(width, 0) * max(height, 0)
    return common / (one.area_px + other.area_px - common) > 0.3
