"""One random chain of lens, sensor, resizing and compression for bona fide and attack alike.

Live pictures and attacks of every data set differ in size and codec; a detector that never sees them without this chain
would learn those.
"""

import cv2
import numpy as np

from likeness.domain.face import ImageArray
from training.genuineness.scene import Scene

FACE_PX = (56, 230)
"""Width of the face in what the chain gives, drawn evenly in its logarithm; larger ones than the input has are not."""
QUALITY = (35, 97)
"""Of the JPEG; a frame of a phone's video is near the lower end."""


def film(scene: Scene, chance: np.random.Generator) -> Scene:
    """Blur, light and colour, noise, size, sharpening and JPEG, drawn once for all frames; noise anew in each."""
    box = scene.boxes[0]
    wanted_px = np.exp(chance.uniform(*np.log(FACE_PX)))
    scale = min(wanted_px / max(box.width_px, 1.0), 1.15)
    focus_px = chance.exponential(0.5) if chance.random() < 0.6 else 0.0
    shake = _shake(chance)
    gains = np.exp(chance.normal(0, 0.07, 3)) * np.exp(chance.normal(0, 0.15))
    gamma = np.exp(chance.normal(0, 0.12))
    curve = np.arange(256, dtype=np.float64) / 255
    tables = [np.clip(255 * (gain * curve) ** gamma + 0.5, 0, 255).astype(np.uint8) for gain in gains]
    noise = chance.exponential(3.0) if chance.random() < 0.6 else 0.0
    sharpened = chance.uniform(0.2, 1.2) if chance.random() < 0.25 else 0.0
    quality = int(chance.integers(*QUALITY))
    size = tuple(max(8, round(side * scale)) for side in scene.frames[0].shape[1::-1])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    frames = []
    for frame in scene.frames:
        seen = cv2.filter2D(frame, -1, shake) if shake.size > 1 else frame
        seen = cv2.GaussianBlur(seen, (0, 0), focus_px) if focus_px > 0.25 else seen
        seen = np.dstack([cv2.LUT(np.ascontiguousarray(seen[..., c]), tables[c]) for c in range(3)])
        seen = cv2.resize(seen, size, interpolation=way).astype(np.float32)
        if sharpened:
            seen += np.float32(sharpened) * (seen - cv2.GaussianBlur(seen, (0, 0), 1.0))
        if noise:
            seen += np.asarray(chance.normal(0, noise, seen.shape), np.float32)
        frames.append(_compressed(np.clip(seen + 0.5, 0, 255).astype(np.uint8), quality))
    matrix = np.diag([size[0] / scene.frames[0].shape[1], size[1] / scene.frames[0].shape[0], 1.0])
    return scene.mapped(tuple(frames), [matrix] * len(frames))


def _shake(chance: np.random.Generator) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """A kernel of motion in one direction, in a sixth of the scenes; else of one pixel."""
    length_px = int(chance.integers(2, 8)) if chance.random() < 1 / 6 else 1
    kernel = np.zeros((length_px, length_px), np.float32)
    turn = chance.uniform(0, np.pi)
    reach = (length_px - 1) / 2
    ends = [(round(reach + s * reach * np.cos(turn)), round(reach + s * reach * np.sin(turn))) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _compressed(pixels: ImageArray, quality: int) -> ImageArray:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
