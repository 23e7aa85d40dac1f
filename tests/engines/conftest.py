"""The models, and uploads that keep a worker busy."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.models import packs
from likeness.models.packs import ModelPaths
from likeness.pipeline.image import decode
from tests.pipeline.clips import make_clip


@pytest.fixture(scope="module")
def paths(models_path: Path) -> ModelPaths:
    return packs.prepare(packs.load("default"), models_path)


@pytest.fixture(scope="module")
def portrait(data: Path) -> bytes:
    return (data / "edge/silentface/image_T1.jpg").read_bytes()


@pytest.fixture(scope="module")
def spoken(data: Path) -> bytes:
    """Decoded in some 10 ms, then judged for most of a second."""
    return (data / "grid/s1/bbaf4p.mpg").read_bytes()


@pytest.fixture(scope="module")
def heavy(data: Path) -> bytes:
    """A clip whose decoding takes about a second."""
    picture = decode((data / "edge/groups/bald_guys.jpg").read_bytes()).pixels
    large = np.asarray(cv2.resize(picture, (3840, 2160)), np.uint8)
    frames = [np.roll(large, 8 * index, axis=1) for index in range(24)]
    return make_clip(frames, rate=10, options={"preset": "ultrafast", "g": "1000", "crf": "18"})
