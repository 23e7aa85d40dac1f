"""What is seen around a device or a sheet held before a camera: a room out of focus, and the fingers that hold it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray
from training.genuineness.independent.camera import Matrix, Shot, log_uniform
from training.genuineness.scene import apply

MARGIN = 0.15
"""Share of the size that a room reaches beyond the view on each side, for the camera to sway."""
COARSE = 4
"""Sensor pixels per sample of what is out of focus."""
SKIN_RGB = ((0.55, 0.32, 0.22), (0.42, 0.22, 0.14), (0.26, 0.13, 0.08), (0.09, 0.045, 0.03))
"""Linear reflectance of skin, from pale to dark; measured skins lie between."""


@dataclass(frozen=True, slots=True, eq=False)
class Room:
    """What is out of focus.

    light: (height, width, 3), linear, coarsely sampled, MARGIN larger than `size` on every side. size: width and height
    seen, in sensor pixels.
    """

    light: FloatArray
    size: tuple[int, int]

    def seen(self, shift: Matrix) -> FloatArray:
        """What the camera sees of it when it has swayed by `shift`, (x, y) in sensor pixels."""
        corner = np.array(self.size) * MARGIN - shift
        matrix = np.array([[1, 0, corner[0]], [0, 1, corner[1]]]) / COARSE
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(self.light, matrix, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
        )


def furnish(size: tuple[int, int], chance: np.random.Generator) -> Room:
    """A wall, things before it and a lamp's gradient, more or less out of focus."""
    width, height = (round(it * (1 + 2 * MARGIN) / COARSE) for it in size)
    wall = chance.uniform(0.1, 0.7) * (1 + 0.1 * chance.standard_normal(3))
    light = np.tile(np.clip(wall, 0.02, 0.9), (height, width, 1)).astype(np.float32)
    for _ in range(int(chance.integers(2, 12))):
        corners = block((width, height), (0.05, 0.7), 8, chance)
        colour = chance.uniform(0.02, 0.8) * (1 + 0.2 * chance.standard_normal(3))
        cv2.fillConvexPoly(light, corners, np.clip(colour, 0.01, 0.95).tolist())
    light *= unevenness((width, height), 0.3, chance)
    defocus_px = log_uniform(chance, 0.002, 0.03) * max(width, height)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), defocus_px), np.float32)
    return Room(light * np.float32(chance.uniform(0.3, 1.2)), size)


def block(
    size: tuple[int, int], shares: tuple[float, float], tilt_deg: float, chance: np.random.Generator
) -> NDArray[np.int32]:
    """(4, 2): corners of a rectangle somewhere in `size`, its sides between two shares of it."""
    centre = chance.uniform(0, 1, 2) * size
    sides = np.array([log_uniform(chance, *shares), log_uniform(chance, *shares)]) * size
    corners = cv2.boxPoints((tuple(centre.tolist()), tuple(sides.tolist()), float(chance.normal(0, tilt_deg))))
    return np.asarray(corners, np.int32)


def unevenness(size: tuple[int, int], strength: float, chance: np.random.Generator) -> FloatArray:
    """(height, width, 1), about 1: light that falls off to a side and is smoothly blotched."""
    coarse = np.exp(strength * chance.standard_normal((4, 4))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC)[..., None].clip(0.2, 3), np.float32)


def clouds(size: tuple[int, int], grain_px: float, chance: np.random.Generator) -> FloatArray:
    """(height, width), mean 0, deviation 1: noise of grains so many pixels wide, as of fibres."""
    small = (max(2, round(size[0] / grain_px)), max(2, round(size[1] / grain_px)))
    noise = chance.standard_normal((small[1], small[0]), np.float32)
    grown = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray((grown - grown.mean()) / grown.std(), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Finger:
    """A finger over a flat thing, in the thing's coordinates: from its tip to beyond the edge; light: (3,), linear."""

    tip: FloatArray
    root: FloatArray
    radius: float
    light: FloatArray


def grip(edges: Box, face: Box, chance: np.random.Generator) -> tuple[list[Finger], list[Finger]]:
    """The hand, or none, that holds a thing with these edges: what of it is behind the thing, and what before it.

    Fingers stop short of the face: who replays it wants it seen.
    """
    if chance.random() < 0.4:  # noqa: PLR2004 - share of things that stand or hang by themselves
        return [], []
    skin = np.array(SKIN_RGB[chance.integers(len(SKIN_RGB))]) * chance.uniform(0.8, 1.2)
    light = skin.astype(np.float32)
    # A finger is about 17 mm wide, a phone 70 mm, a tablet or a sheet 160 to 210 mm.
    radius = min(edges.width_px, edges.height_px) * log_uniform(chance, 0.045, 0.12)
    side, count = int(chance.integers(4)), int(chance.integers(1, 5))
    along = float(chance.uniform(0.25, 0.75))
    free = (face.left - edges.left, face.top - edges.top, edges.right - face.right, edges.bottom - face.bottom)[side]
    fingers = []
    for number in range(count):
        reach = min(radius * chance.uniform(0.5, 3 if count == 1 else 1.6), max(0.3 * radius, 0.8 * free))
        place = (along, (number - (count - 1) / 2) * 2.1 * radius, reach)
        tip, root = _across(edges, side, place, 2.5 * radius, chance.normal(0, 0.5) * radius)
        fingers.append(
            Finger(tip, root, radius * chance.uniform(0.88, 1.05), light * np.float32(chance.normal(1, 0.05)))
        )
    inner, outer = _across(edges, side, (along, 0, -0.5 * radius), 40 * radius, chance.normal(0, 8) * radius)
    return [Finger(inner, outer, radius * 3.4, light)], fingers


def _across(
    edges: Box, side: int, place: tuple[float, float, float], away: float, slant: float
) -> tuple[FloatArray, FloatArray]:
    """Tip and root of a finger over a side (left, top, right, bottom); place: share along it, offset, reach."""
    along, offset, reach = place
    if side % 2:
        x = edges.left + along * edges.width_px + offset
        y, inward = (edges.top, 1) if side == 1 else (edges.bottom, -1)
        tip, root = (x, y + inward * reach), (x + slant, y - inward * away)
    else:
        y = edges.top + along * edges.height_px + offset
        x, inward = (edges.left, 1) if side == 0 else (edges.right, -1)
        tip, root = (x + inward * reach, y), (x - inward * away, y + slant)
    return np.array(tip, np.float32), np.array(root, np.float32)


def hold(light: FloatArray, fingers: list[Finger], view: Matrix, brightness: float) -> FloatArray:
    """Draw fingers over what the camera sees; view: from the thing's coordinates to pixels of `light`."""
    for finger in fingers:
        tip, root = apply(view, np.stack([finger.tip, finger.root]))
        across = apply(view, np.stack([finger.tip, finger.tip + np.array([finger.radius, 0], np.float32)]))
        radius_px = max(1.0, float(np.linalg.norm(across[1] - across[0])))
        light = _capsule(light, (tip, root, radius_px), finger.light * np.float32(brightness))
    return light


def _capsule(light: FloatArray, shape: tuple[FloatArray, FloatArray, float], colour: FloatArray) -> FloatArray:
    """A round-ended stroke, darker towards its sides as a lit cylinder is, with a shadow beside it; drawn in place."""
    tip, root, radius_px = shape
    reach = np.ceil(2 * radius_px)
    low = np.clip(np.minimum(tip, root) - reach, 0, (light.shape[1], light.shape[0])).astype(int)
    high = np.clip(np.maximum(tip, root) + reach, 0, (light.shape[1], light.shape[0])).astype(int)
    part = light[low[1] : high[1], low[0] : high[0]]
    x, y = np.meshgrid(np.arange(low[0], high[0], dtype=np.float32), np.arange(low[1], high[1], dtype=np.float32))
    way = root - tip
    share = ((x - tip[0]) * way[0] + (y - tip[1]) * way[1]) / max(float(way @ way), 1e-6)
    share = np.clip(share, 0, 1)
    distance = np.hypot(x - tip[0] - share * way[0], y - tip[1] - share * way[1]) / radius_px
    cover = np.clip((1 - distance) * radius_px + 0.5, 0, 1)[..., None]
    round_shade = np.sqrt(np.clip(1 - 0.85 * np.minimum(distance, 1) ** 2, 0.1, 1))[..., None]
    shadow = 1 - 0.5 * np.exp(-(np.maximum(distance - 1, 0) ** 2) / 0.08)[..., None]
    part[:] = part * shadow * (1 - cover) + cover * colour * round_shade
    return light


def sway_on_sensor(shot: Shot, index: int) -> Matrix:
    """How far the camera has swayed in a frame, in sensor pixels."""
    return np.asarray(shot.sway[index] * shot.sensor_scale, np.float64)
