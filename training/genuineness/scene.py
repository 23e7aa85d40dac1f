"""What every simulator of attacks takes and gives: a filmed face."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, ImageArray

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Frames of one camera, all of one size, and the face in each; a still picture is a scene of one frame.

    frames: each (height, width, 3), uint8, RGB, upright. boxes: the face's dlib-like square box in each frame, in
    pixels. points: (5, 2), float32, x and y, for each frame: centres of the eyes on the left and on the right of the
    picture, tip of the nose, left and right corner of the mouth (the corners are estimated, to about a tenth of the
    distance between the eyes). frames_per_s: of the camera.
    """

    frames: tuple[ImageArray, ...]
    boxes: tuple[Box, ...]
    points: tuple[Points, ...]
    frames_per_s: float = 25.0

    def mapped(self, frames: tuple[ImageArray, ...], transforms: list[NDArray[np.float64]]) -> "Scene":
        """The scene seen through (3, 3) homographies, one per frame, from these frames' pixels to the new ones'.

        A box becomes the upright square around its mapped centre with the mean length of its mapped sides.
        """
        points = [apply(matrix, it) for matrix, it in zip(transforms, self.points, strict=True)]
        boxes = [_mapped_box(matrix, box) for matrix, box in zip(transforms, self.boxes, strict=True)]
        return Scene(frames, tuple(boxes), tuple(points), self.frames_per_s)


def apply(matrix: NDArray[np.float64], points: Points) -> Points:
    """Points (n, 2) through a (3, 3) homography."""
    seen = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(seen[:, :2] / seen[:, 2:], np.float32)


def _mapped_box(matrix: NDArray[np.float64], box: Box) -> Box:
    corners = np.array(
        [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)], np.float32
    )
    seen = apply(matrix, corners)
    half_px = float(np.linalg.norm(seen - np.roll(seen, 1, axis=0), axis=1).mean()) / 2
    x, y = (float(it) for it in seen.mean(axis=0))
    return Box(x - half_px, y - half_px, x + half_px, y + half_px)
