"""The pictures and the clip that are measured on, made from the sample portrait."""

from dataclasses import dataclass

import cv2
import numpy as np

from likeness import samples
from likeness.domain.face import ImageArray

LARGE_PX = (4000, 3000)
"""12 megapixels, as phones take."""


@dataclass(frozen=True, slots=True)
class Material:
    """small: a 640x480 reference JPEG. large: a 12-megapixel one. clip: 2 s of 640x480."""

    small: bytes
    large: bytes
    clip: bytes


def make() -> Material:
    """The same face in both pictures, about a quarter of the picture's width."""
    frame = samples.pan_frames()[0]
    large = cv2.resize(frame, LARGE_PX, interpolation=cv2.INTER_CUBIC)
    return Material(samples.encode(frame), _encode_large(np.asarray(large, dtype=np.uint8)), samples.pan_clip())


def _encode_large(image: ImageArray) -> bytes:
    """With fine grain, as a sensor gives: a smooth enlargement would decode unfairly fast."""
    grain = np.random.default_rng(1).normal(0, 3, image.shape)
    return samples.encode(np.clip(image + grain, 0, 255).astype(np.uint8))
