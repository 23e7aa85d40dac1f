"""The pictures and the clip that are measured on, made from the sample portrait."""

from dataclasses import dataclass

import cv2
import numpy as np

from likeness import samples, spoken_clips
from likeness.domain.face import ImageArray
from likeness.spoken_clips import Footage

SMALL_PX = (640, 480)
SHOWN_PX = 285
"""Width of the part of the portrait that is shown; its face is 95 pixels wide (dlib's box), a third of this."""
SPOKEN_S = 4.0
"""In the middle of the 3 to 6 s that clips of digits may last."""
LARGE_PX = (4000, 3000)
"""12 megapixels, as phones take."""


@dataclass(frozen=True, slots=True)
class Material:
    """small: a 640x480 reference JPEG. large: a 12-megapixel one. clip: 2 s of 640x480.

    spoken: SPOKEN_S of 640x480 with sound: the work is the same whether the noise in it is speech or not.
    """

    small: bytes
    large: bytes
    clip: bytes
    spoken: bytes


def make() -> Material:
    """The same face in both pictures, a third of the picture's width: what the contract calls ideal."""
    scale = SMALL_PX[0] / SHOWN_PX
    left, top = (centre - side / scale / 2 for centre, side in zip(samples.FACE_CENTRE_PX, SMALL_PX, strict=True))
    view = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    small = cv2.warpAffine(samples.portrait(), view, SMALL_PX, flags=cv2.INTER_CUBIC)
    large = cv2.resize(small, LARGE_PX, interpolation=cv2.INTER_CUBIC)
    small, large = (np.asarray(image, dtype=np.uint8) for image in (small, large))
    return Material(samples.encode(small), _encode_large(large), samples.pan_clip(), _spoken())


def _encode_large(image: ImageArray) -> bytes:
    """With fine grain, as a sensor gives: a smooth enlargement would decode unfairly fast."""
    grain = np.random.default_rng(1).normal(0, 3, image.shape)
    return samples.encode(np.clip(image + grain, 0, 255).astype(np.uint8))


def _spoken() -> bytes:
    count, frames = round(SPOKEN_S * spoken_clips.FPS), samples.pan_frames()
    noise = np.random.default_rng(2).normal(0, 0.1, round(SPOKEN_S * spoken_clips.RATE_HZ))
    moving = (frames + frames[::-1]) * (count // len(frames) + 1)
    return spoken_clips.encode(Footage(tuple(moving[:count]), noise.clip(-1, 1).astype(np.float32)))
