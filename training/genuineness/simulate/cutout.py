"""A printed face, cut out and worn over a living head."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.genuineness.scene import Points, Scene
from training.genuineness.simulate.optics import Light, Matrix, blurred, to_light, to_pixels
from training.genuineness.simulate.paper import printed

HOLES = 0.6
"""Share of masks with holes for the eyes; half of these have one for the mouth too."""


def cutout(scene: Scene, chance: np.random.Generator, worn: Scene | None = None) -> Scene:
    """A paper mask over the scene's face.

    Args:
        scene: the living head.
        chance: of everything.
        worn: whose face was printed, of which the first frame is taken; without one, the wearer's own.
    """
    source = worn or scene
    print_ = printed(source.frames[0], _between_eyes(scene.points[0]) / _between_eyes(source.points[0]), chance)
    sheet = _sheet(source, chance)
    shadow_px = chance.uniform(0.01, 0.06) * scene.boxes[0].width_px
    shade = np.float32(chance.uniform(0.2, 0.7))
    light_level = np.float32(np.exp(chance.normal(0, 0.2)))
    aslant = _aslant(source, chance)
    rim = np.float32(chance.uniform(0.6, 1.0))
    offset = _offset(scene, chance)
    slip = np.cumsum(chance.normal(0, 0.004 * scene.boxes[0].width_px, (len(scene.frames), 2)), axis=0)
    focus_px = chance.uniform(0.0, 0.8)
    frames = []
    for frame, points, moved in zip(scene.frames, scene.points, slip, strict=True):
        matrix = _worn_at(source.points[0], points, offset, moved)
        size = frame.shape[1], frame.shape[0]
        inked, cut = (_seen(part, matrix, size)[..., None] for part in sheet)
        face = _seen(print_ * aslant, matrix, size) * light_level
        face = inked * face + (1 - inked) * rim * light_level
        below = to_light(frame) * (1 - shade * _shadow(cut, shadow_px))
        frames.append(to_pixels(blurred(np.asarray(cut * face + (1 - cut) * below, np.float32), focus_px)))
    return Scene(tuple(frames), scene.boxes, scene.points, scene.frames_per_s)


def _between_eyes(points: Points) -> float:
    return max(float(np.linalg.norm(points[1] - points[0])), 1.0)


def _sheet(source: Scene, chance: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where there is print and where there is paper, (height, width) each: an uneven outline, holes cut in it."""
    points, eyes_px = source.points[0], _between_eyes(source.points[0])
    shape = source.frames[0].shape[:2]
    middle = points.mean(axis=0) + np.array([0, -0.1 * eyes_px])
    radii = np.array([chance.uniform(0.95, 1.35), chance.uniform(1.25, 1.9)]) * eyes_px
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    uneven = 1 + sum(chance.normal(0, 0.025) * np.cos(k * turns + chance.uniform(0, 6.3)) for k in range(2, 8))
    outline = middle + np.column_stack([np.cos(turns), np.sin(turns)]) * radii * np.asarray(uneven)[:, None]
    cut = _filled(shape, outline)
    if chance.random() < HOLES:
        holes = [(point, 0.28, 0.14) for point in points[:2]]
        if chance.random() < 0.5:
            holes.append((points[3:].mean(axis=0), 0.4, 0.16))
        for centre, wide, high in holes:
            size = np.array([wide, high]) * eyes_px * chance.uniform(0.8, 1.4)
            cut *= 1 - _filled(shape, centre + np.column_stack([np.cos(turns), np.sin(turns)]) * size)
    rim_px = max(1, round(chance.uniform(0, 0.05) * eyes_px))
    inked = cv2.erode(cut, np.ones((rim_px, rim_px), np.uint8)) if chance.random() < 0.7 else cut
    return np.asarray(inked, np.float32), cut


def _filled(shape: tuple[int, ...], outline: NDArray[np.floating]) -> NDArray[np.float32]:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return np.asarray(mask / 255, np.float32)


def _aslant(source: Scene, chance: np.random.Generator) -> Light:
    """Light over a flat sheet, (height, width, 1): a slope, where a head would be shaded round."""
    height_px, width_px = source.frames[0].shape[:2]
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    slope = chance.uniform(-0.4, 0.4) * (x / width_px - 0.5) + chance.uniform(-0.4, 0.4) * (y / height_px - 0.5)
    return np.asarray(1 + slope, np.float32)[..., None]


def _offset(scene: Scene, chance: np.random.Generator) -> tuple[float, float, float, float]:
    """How the mask sits: scale, turn in radians, and shift in pixels, the same throughout."""
    eyes_px = _between_eyes(scene.points[0])
    return (
        chance.uniform(0.9, 1.25),
        float(np.radians(chance.normal(0, 4))),
        chance.normal(0, 0.08) * eyes_px,
        chance.normal(0, 0.08) * eyes_px,
    )


def _worn_at(
    print_points: Points, head_points: Points, offset: tuple[float, float, float, float], moved: NDArray[np.float64]
) -> Matrix:
    """The similarity that lays the print's eyes over the head's: a sheet follows the head as one piece."""
    scale, turn, x, y = offset
    across, goal = print_points[1] - print_points[0], head_points[1] - head_points[0]
    angle = np.arctan2(goal[1], goal[0]) - np.arctan2(across[1], across[0]) + turn
    size = scale * _between_eyes(head_points) / _between_eyes(print_points)
    cosine, sine = size * np.cos(angle), size * np.sin(angle)
    turned = np.array([[cosine, -sine], [sine, cosine]])
    place = head_points[:3].mean(axis=0) + np.array([x, y]) + moved - turned @ print_points[:3].mean(axis=0)
    return np.vstack([np.column_stack([turned, place]), [0, 0, 1.0]])


def _seen(image: NDArray[np.float32], matrix: Matrix, size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def _shadow(cut: NDArray[np.float32], shadow_px: float) -> NDArray[np.float32]:
    """What the sheet throws on the face below: its shape, lower and out of focus."""
    low = np.roll(cut[..., 0], round(shadow_px), axis=0)
    return np.asarray(cv2.GaussianBlur(low, (0, 0), max(shadow_px, 0.5)), np.float32)[..., None]
