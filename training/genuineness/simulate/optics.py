"""What all simulated attacks share: light, lenses, and something flat held before a camera."""

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import ImageArray
from training.genuineness.scene import Scene

Light = NDArray[np.float32]
"""(height, width, 3), linear light, RGB, 1 for white."""
Matrix = NDArray[np.float64]

GAMMA = 2.2
"""Of displays and cameras, near enough to sRGB's curve."""


def to_light(pixels: ImageArray) -> Light:
    """Linear light of coded pixels."""
    curve = (np.arange(256, dtype=np.float32) / 255) ** GAMMA
    return np.asarray(curve[pixels], np.float32)


def to_pixels(light: Light) -> ImageArray:
    """Coded pixels of linear light, clipped."""
    return np.asarray(np.clip(light, 0, 1) ** (1 / GAMMA) * 255 + 0.5, np.uint8)


def blurred(light: Light, sigma_px: float) -> Light:
    """Through a lens out of focus; under a quarter of a pixel nothing shows."""
    return light if sigma_px < 0.25 else np.asarray(cv2.GaussianBlur(light, (0, 0), sigma_px), np.float32)


def smooth_noise(shape: tuple[int, int], cells: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """(height, width), soft blobs of mean 0 and deviation 1, about `cells` of them along the longer side."""
    coarse = [max(2, round(cells * side / max(shape))) for side in shape]
    field = np.asarray(chance.standard_normal(coarse), np.float32)
    return np.asarray(cv2.resize(field, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def held(scene: Scene, zoom: float, chance: np.random.Generator) -> list[Matrix]:
    """Homographies of a flat thing held by hand that shows the scene: tilted, and wandering from frame to frame.

    zoom: size of the shown scene over that of the scene; the middle of the face stays about where it was.
    """
    height_px, width_px = scene.frames[0].shape[:2]
    side_px = float(max(height_px, width_px))
    box = scene.boxes[0]
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    turn = np.radians(chance.normal(0, 4))
    cosine, sine = zoom * np.cos(turn), zoom * np.sin(turn)
    tilt = chance.normal(0, 0.06, 2) / side_px
    shift = chance.normal(0, 0.02 * side_px, 2)
    speed = chance.uniform(0, 0.004) * side_px
    wander = np.cumsum(chance.normal(0, speed, (len(scene.frames), 2)), axis=0)
    matrices = []
    for moved in wander:
        x, y = middle + shift + moved
        place = np.array([[cosine, -sine, x], [sine, cosine, y], [*tilt, 1.0]])
        back = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1.0]])
        matrices.append(place @ back)
    return matrices


def through(image: Light, matrix: Matrix) -> Light:
    """An image seen through a homography; 0 beyond its edge."""
    height_px, width_px = image.shape[:2]
    return np.asarray(cv2.warpPerspective(image, matrix, (width_px, height_px), flags=cv2.INTER_LINEAR), np.float32)


def coordinates(shape: tuple[int, int], matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of the result lies in what is seen through a homography: two of (height, width)."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    back = np.linalg.inv(matrix).astype(np.float32)
    depth = back[2, 0] * x + back[2, 1] * y + back[2, 2]
    return (back[0, 0] * x + back[0, 1] * y + back[0, 2]) / depth, (
        back[1, 0] * x + back[1, 1] * y + back[1, 2]
    ) / depth


def room(scene: Scene, chance: np.random.Generator) -> Light:
    """Something behind the thing held: the scene itself turned over and out of focus, or a plain wall."""
    light = to_light(scene.frames[0])
    if chance.random() < 0.5:
        return blurred(light[:, ::-1], chance.uniform(2, 12)) * np.float32(chance.uniform(0.3, 1.2))
    wall = chance.uniform(0.02, 0.8, 3) * (1 + 0.25 * smooth_noise(light.shape[:2], 3, chance)[..., None])
    return np.asarray(np.clip(wall, 0, 1), np.float32)


def margins(scene: Scene, chance: np.random.Generator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom edge of what is shown, in pixels of the scene, around the face."""
    height_px, width_px = scene.frames[0].shape[:2]
    box = scene.boxes[0]
    spans = chance.uniform(0.1, 1.1, 4) * box.width_px
    return (
        max(0.0, box.left - spans[0]),
        max(0.0, box.top - 0.3 * box.height_px - spans[1]),
        min(float(width_px), box.right + spans[2]),
        min(float(height_px), box.bottom + 0.2 * box.height_px + spans[3]),
    )


def rectangle(
    shape: tuple[int, int], matrix: Matrix, edges: tuple[float, float, float, float], margin_px: float = 0.0
) -> NDArray[np.float32]:
    """(height, width, 1): 1 inside a rectangle seen through a homography, widened by a margin, 0 outside."""
    left, top, right, bottom = edges
    corners = np.array(
        [
            (left - margin_px, top - margin_px),
            (right + margin_px, top - margin_px),
            (right + margin_px, bottom + margin_px),
            (left - margin_px, bottom + margin_px),
        ]
    )
    seen = np.column_stack([corners, np.ones(4)]) @ matrix.T
    polygon = np.round(seen[:, :2] / seen[:, 2:] * 16).astype(np.int32)
    mask = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(mask, polygon, 255, cv2.LINE_AA, shift=4)
    return np.asarray(mask / 255, np.float32)[..., None]
