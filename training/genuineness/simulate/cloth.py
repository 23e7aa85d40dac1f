"""Cloth masks, which people wear in good faith: bona fide for every detector."""

import cv2
import numpy as np

from training.genuineness.scene import Points, Scene
from training.genuineness.simulate.optics import smooth_noise, to_light, to_pixels

COLOURS = ((0.45, 0.62, 0.78), (0.8, 0.8, 0.8), (0.05, 0.05, 0.06), (0.5, 0.7, 0.62), (0.55, 0.3, 0.35))
"""Linear light: surgical blue, white, black, green, a red cotton."""


def cloth(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene's person in a surgical or cotton mask: from the bridge of the nose to the chin, pleats and straps."""
    colour = np.array(COLOURS[chance.integers(len(COLOURS))], np.float32) * np.float32(chance.uniform(0.7, 1.2))
    pleats = int(chance.integers(0, 5))
    depth = chance.uniform(0.03, 0.2)
    shape = chance.uniform((0.85, 0.95, 0.1, 0.5), (1.15, 1.25, 0.35, 0.8))
    folds = np.float32(0.06) * smooth_noise(scene.frames[0].shape[:2], 8, chance)
    phase = chance.uniform(0, 6.3)
    frames = []
    for frame, points in zip(scene.frames, scene.points, strict=True):
        light = to_light(frame)
        outline, eyes_px = _outline(points, shape)
        mask = np.zeros(frame.shape[:2], np.uint8)
        for side, ear in ((0, -1), (3, 1)):
            start = tuple(np.round(outline[side]).astype(int))
            end = tuple(np.round(outline[side] + np.array([ear * 0.6, -0.25]) * eyes_px).astype(int))
            cv2.line(mask, start, end, 255, max(1, round(0.05 * eyes_px)), cv2.LINE_AA)
        cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
        rows = (np.arange(frame.shape[0]) - outline[:, 1].min()) / max(float(np.ptp(outline[:, 1])), 1.0)
        pleated = 1 + depth * np.cos(2 * np.pi * pleats * rows + phase)
        # The face's own light and shade, blurred to what cloth shows of it.
        relief = cv2.GaussianBlur(light.mean(axis=2), (0, 0), 0.25 * eyes_px)
        relief = 0.6 + 0.4 * relief / max(float(relief[mask > 0].mean()) if mask.any() else 1.0, 0.01)
        worn = (
            colour * (relief * pleated[:, None] * (1 + folds))[..., None] * np.float32(min(1.0, 2 * light.mean() + 0.3))
        )
        share = (mask.astype(np.float32) / 255)[..., None]
        frames.append(to_pixels(np.asarray(share * worn + (1 - share) * light, np.float32)))
    return Scene(tuple(frames), scene.boxes, scene.points, scene.frames_per_s)


def _outline(points: Points, shape: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[Points, float]:
    """The mask's corners, (6, 2), from the left ear's upper one round, and the distance between the eyes in pixels."""
    wide, low, dip, narrow = shape
    across = points[1] - points[0]
    eyes_px = max(float(np.linalg.norm(across)), 1.0)
    down = np.array([-across[1], across[0]])
    bridge = points[:2].mean(axis=0) + 0.35 * down
    mouth = points[3:].mean(axis=0)
    corners = [
        bridge - wide * across + 0.1 * down,
        bridge - dip * 0.3 * down,
        bridge - dip * 0.3 * down,
        bridge + wide * across + 0.1 * down,
        mouth + narrow * across + low * 0.75 * down,
        mouth - narrow * across + low * 0.75 * down,
    ]
    return np.array(corners, np.float32), eyes_px
