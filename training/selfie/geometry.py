"""How heads are turned by the places of five points, seen from afar: what the network learns, and what checks it.

A head's eyes lie a distance E apart and its nose D in front of the plane of eyes and mouth; H lies between eyes and
mouth. Turned by a yaw, the eyes lie E cos(yaw) apart and the tip of the nose D sin(yaw) beside the line from between
the eyes to between the corners of the mouth, so that yaw = atan2(nose / D, eyes / E). As sin^2 + cos^2 = 1, many faces
tell E/H and D/H without knowing how any is turned. Looking up by a pitch raises the nose by D tan(pitch).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray

Array = NDArray[np.float64]
LEAST_COSINE = 0.5
"""The nose's height tells pitch by the cosine of yaw; beyond 60 degrees its noise would be blown up."""


@dataclass(frozen=True, slots=True)
class Proportions:
    """Of heads, in distances between eyes and mouth.

    eyes: between both eyes. nose: of its tip before the plane of eyes and mouth. below: of its tip below the eyes.
    below_turned: what `below` loses on the way to a profile, as the mouth lies farther forward than the eyes.
    """

    eyes: float
    nose: float
    below: float
    below_turned: float


def measures(points: FloatArray) -> tuple[Array, Array, Array, Array]:
    """Of points (n, 5, 2), in distances between eyes and mouth: eyes apart, nose aside, nose below; roll in degrees."""
    places = points.astype(np.float64)
    eyes, mouth = places[:, :2].mean(axis=1), places[:, 3:].mean(axis=1)
    down = mouth - eyes
    length = np.linalg.norm(down, axis=1)
    down = down / length[:, None]
    right = np.stack([down[:, 1], -down[:, 0]], axis=1)
    nose = places[:, 2] - eyes
    apart = ((places[:, 1] - places[:, 0]) * right).sum(axis=1) / length
    aside, below = (nose * right).sum(axis=1) / length, (nose * down).sum(axis=1) / length
    return apart, aside, below, np.degrees(np.arctan2(-down[:, 0], down[:, 1]))


def proportions(points: FloatArray, straight: FloatArray) -> Proportions:
    """Of the heads whose points these are.

    Args:
        points: (n, 5, 2), of heads turned by all angles.
        straight: (m, 5, 2), of people who were asked to look straight at the camera.
    """
    apart, aside, below, _ = measures(points)
    factors = np.linalg.lstsq(np.stack([apart**2, aside**2], axis=1), np.ones(len(apart)), rcond=None)[0]
    eyes, nose = (1 / np.sqrt(factors)).tolist()
    turned = 1 - np.cos(np.arctan2(aside / nose, apart / eyes))
    level = float(np.median(measures(straight)[2]))
    lost = float((turned * (level - below)).sum() / (turned**2).sum())
    return Proportions(round(eyes, 4), round(nose, 4), round(level, 4), round(lost, 4))


def poses(points: FloatArray, heads: Proportions) -> Array:
    """Yaw, pitch and roll in degrees, (n, 3), by the signs of `face.Pose`."""
    apart, aside, below, roll = measures(points)
    yaw = np.arctan2(aside / heads.nose, apart / heads.eyes)
    level = heads.below - heads.below_turned * (1 - np.cos(yaw))
    pitch = np.arctan((level - below) / (heads.nose * np.maximum(np.cos(yaw), LEAST_COSINE)))
    return np.stack([np.degrees(yaw), np.degrees(pitch), roll], axis=1)


def mirrored(points: FloatArray, width_px: NDArray[np.int64]) -> FloatArray:
    """Points found in mirror images, in the pictures they mirror: (n, 5, 2)."""
    back = points[:, [1, 0, 2, 4, 3]].copy()
    back[:, :, 0] = width_px[:, None] - 1 - back[:, :, 0]
    return np.asarray(back, np.float32)
