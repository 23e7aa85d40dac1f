"""Portraits turned by known angles: the only measure of yaw and pitch that knows the truth, if of a generic head.

A picture is laid over an ellipsoid with a nose, sized by mean adult heads (breadth 152, length 195, height 230 mm; tip
of the nose 20 mm before its base; eyes 63 mm apart), which is turned and seen from afar. What was hidden stays
unknown: a cheek that turns towards the camera is smeared, so that angles beyond 45 degrees are left out.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.pose import PoseEstimator
from training.observe import PackReader
from training.pictures import Picture, read
from training.selfie import geometry
from training.selfie.geometry import Array, Proportions
from training.selfie.material import look
from training.selfie.posed import percentiles

EYES_MM = 63.0
HALF_AXES_MM = (76.0, 115.0, 97.5)
"""Of the ellipsoid: across, down, towards the camera."""
NOSE_MM, NOSE_WIDE_MM, NOSE_LOW_MM, NOSE_TALL_MM = 20.0, 11.0, 38.0, 17.0
"""How far the tip protrudes; how wide the nose is; how far its tip lies below the eyes; how tall its slope is."""
EYES_ABOVE_MM = 10.0
"""Of the eyes above the middle of the head."""
YAWS_DEG = (-45, -30, -25, -20, -15, -10, 0, 10, 15, 20, 25, 30, 45)
PITCHES_DEG = (-20, -10, 0, 10, 20)
FINER = 2
"""Samples of the picture each way in a pixel, so that what is stretched has no holes."""


def depth_mm(across: Array, below_eyes: Array) -> Array:
    """How far the head's surface lies before its middle, by the distance from between the eyes; 0 beyond it."""
    x, y = across / HALF_AXES_MM[0], (below_eyes - EYES_ABOVE_MM) / HALF_AXES_MM[1]
    skull = HALF_AXES_MM[2] * np.sqrt(np.maximum(0, 1 - x**2 - y**2))
    # A nose rises slowly from between the eyes and falls off quickly below its tip.
    slope = np.where(below_eyes < NOSE_LOW_MM, NOSE_TALL_MM, NOSE_TALL_MM / 3)
    nose = np.exp(-((across / NOSE_WIDE_MM) ** 2) - ((below_eyes - NOSE_LOW_MM) / slope) ** 2)
    return np.asarray(skull + NOSE_MM * nose, np.float64)


def turned(pixels: ImageArray, eyes: FloatArray, yaw_deg: float, pitch_deg: float) -> ImageArray:
    """A portrait that looks ahead, turned; eyes: (2, 2), their places in it."""
    height_px, width_px = pixels.shape[:2]
    mm = EYES_MM / float(np.linalg.norm(eyes[1] - eyes[0]))
    middle = eyes.mean(axis=0)
    y, x = (np.mgrid[0 : height_px * FINER, 0 : width_px * FINER].astype(np.float64) + 0.5) / FINER - 0.5
    place = np.stack([(x - middle[0]) * mm, (y - middle[1]) * mm, np.zeros_like(x)])
    place[2] = depth_mm(place[0], place[1])
    yaw, pitch = np.radians((yaw_deg, pitch_deg))
    right = place[0] * np.cos(yaw) + place[2] * np.sin(yaw)
    ahead = place[2] * np.cos(yaw) - place[0] * np.sin(yaw)
    down = place[1] * np.cos(pitch) - ahead * np.sin(pitch)
    near = ahead * np.cos(pitch) + place[1] * np.sin(pitch)
    column = np.rint(right / mm + middle[0]).astype(int)
    row = np.rint(down / mm + middle[1]).astype(int)
    inside = ((column >= 0) & (column < width_px) & (row >= 0) & (row < height_px)).ravel()
    order = np.flatnonzero(inside)[np.argsort(near.ravel()[inside], kind="stable")]
    from_row, from_column = np.rint(y).astype(int).ravel()[order], np.rint(x).astype(int).ravel()[order]
    seen = pixels.copy()
    # The nearest comes last and stays.
    seen[row.ravel()[order], column.ravel()[order]] = pixels[from_row, from_column]
    return seen


def checked(
    pictures: list[Picture], readers: dict[str, PackReader], estimator: PoseEstimator, heads: Proportions
) -> dict[str, Any]:
    """By pack: what the network, and the detector's points where it gives any, say of known turns."""
    answer: dict[str, Any] = {}
    for pack, reader in readers.items():
        rows: dict[tuple[float, float], list[tuple[Array, Array]]] = {}
        for picture in track(pictures, description=f"turned, {pack:12}"):
            pixels = _reduced(read(picture.path))
            found = reader.find(pixels)
            if not found:
                continue
            eyes = reader.aligner.view(pixels, found[0]).eyes
            for yaw, pitch in [*((it, 0) for it in YAWS_DEG), *((0, it) for it in PITCHES_DEG if it)]:
                said = _said(turned(pixels, eyes, yaw, pitch), reader, estimator, heads)
                rows.setdefault((yaw, pitch), []).append(said)
        answer[pack] = {f"yaw {yaw}, pitch {pitch}": _summary(each, yaw, pitch) for (yaw, pitch), each in rows.items()}
    return answer


def _summary(each: list[tuple[Array, Array]], yaw_deg: float, pitch_deg: float) -> dict[str, Any]:
    network, points = (np.stack(part) for part in zip(*each, strict=True))
    lost = ~np.isfinite(network[:, 0])
    seen = network[~lost]
    answer: dict[str, Any] = {
        "pictures": len(each),
        "failures_to_acquire": int(lost.sum()),
        "network_median_deg": [round(float(value), 1) for value in np.median(seen[:, :2], axis=0)],
        "yaw_error_deg": percentiles(np.abs(seen[:, 0] - yaw_deg)),
        "pitch_error_deg": percentiles(np.abs(seen[:, 1] - pitch_deg)),
    }
    if np.isfinite(points).any():
        answer["points_median_deg"] = [round(float(value), 1) for value in np.nanmedian(points[:, :2], axis=0)]
    return answer


def _said(pixels: ImageArray, reader: PackReader, estimator: PoseEstimator, heads: Proportions) -> tuple[Array, Array]:
    row = look(pixels, reader)
    nothing = np.full(3, np.nan)
    if not row["count"]:
        return nothing, nothing
    pose = estimator.look(pixels, reader.find(pixels)[0].box)
    points: NDArray[Any] = row["points"]
    told = geometry.poses(points[None], heads)[0] if np.isfinite(points).all() else nothing
    return np.array((pose.yaw_deg, pose.pitch_deg, pose.roll_deg)), told


def _reduced(pixels: ImageArray) -> ImageArray:
    """Every second pixel each way of a large one: heads are turned point by point."""
    return pixels if max(pixels.shape) <= 500 else np.ascontiguousarray(pixels[::2, ::2])  # noqa: PLR2004
