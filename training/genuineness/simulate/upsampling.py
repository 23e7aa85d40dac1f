"""What a generator's upsampling leaves in a picture: an imitation of its traces, not of generators."""

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import ImageArray
from training.genuineness.scene import Scene


def upsampled(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene made small and enlarged again in steps of two, as networks do it, so that its spectrum repeats."""
    steps = int(chance.integers(1, 4))
    ways = chance.integers(0, 3, steps)
    kernels = [_kernel(chance) for _ in range(steps)]
    detail = chance.uniform(0.5, 1.0)
    frames = tuple(_through(frame, ways, kernels, detail) for frame in scene.frames)
    return Scene(frames, scene.boxes, scene.points, scene.frames_per_s)


def _kernel(chance: np.random.Generator) -> NDArray[np.float32]:
    """(4, 4): a learned-like upsampling kernel, near to the bilinear one."""
    edge = np.array([1, 3, 3, 1], np.float32) / 4
    return np.asarray(np.outer(edge, edge) * (1 + chance.normal(0, 0.12, (4, 4))), np.float32)


def _through(
    frame: ImageArray, ways: NDArray[np.int64], kernels: list[NDArray[np.float32]], detail: float
) -> ImageArray:
    height_px, width_px = frame.shape[:2]
    factor = 2 ** len(ways)
    even = frame[: height_px // factor * factor, : width_px // factor * factor].astype(np.float32)
    small = np.asarray(even, np.float32)
    lost: list[NDArray[np.float32]] = []
    for _ in ways:
        smaller = np.asarray(cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
        lost.append(small - _doubled(smaller, 2, kernels[0]))
        small = smaller
    for way, kernel, missing in zip(ways, kernels, reversed(lost), strict=True):
        # A generator draws detail anew at each size; here the lost detail comes back, passed through the same kernel.
        drawn = np.asarray(cv2.resize(missing, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_NEAREST), np.float32)
        again = np.float32(detail / 2) * (missing + _doubled(drawn, int(way), kernel))
        small = np.asarray(_doubled(small, int(way), kernel) + again, np.float32)
    whole = frame.copy()
    whole[: small.shape[0], : small.shape[1]] = np.clip(small + 0.5, 0, 255).astype(np.uint8)
    return whole


def _doubled(image: NDArray[np.float32], way: int, kernel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Twice the size: by transposed convolution (0), nearest neighbours and a filter (1) or bilinearly (2)."""
    if way == 0:
        wide = np.zeros((2 * image.shape[0], 2 * image.shape[1], image.shape[2]), np.float32)
        wide[::2, ::2] = image
        return np.asarray(cv2.filter2D(wide, -1, kernel, anchor=(1, 1)), np.float32)
    if way == 1:
        wide = cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
        return np.asarray(cv2.filter2D(wide, -1, kernel / kernel.sum()), np.float32)
    return np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR), np.float32)
