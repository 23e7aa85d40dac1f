"""How a head is turned, told by a small network from the face and what is around it, in every pack alike.

Yaw, pitch and roll are of R = roll(picture's plane) x pitch (picture's horizontal axis) x yaw (the head's own upright
axis): turning the picture changes roll alone. Beyond about 50 degrees of yaw little of the pitch is seen, and
yaw itself is told too low. docs/selfies.md has the errors.
"""

from pathlib import Path

import numpy as np

from likeness.domain.face import Box, ImageArray, Pose
from likeness.models.crops import around
from likeness.models.onnx import Session

CROP_TIMES, CROP_PX = 1.5, 64
"""Side of the network's crop over the width of the face's box, and in pixels: the whole head, the ears too."""
PADDING_LEVEL = 128
"""Grey level of what lies beyond the picture."""


class PoseEstimator:
    """The network of `training.selfie.network`.

    It maps `face`, (n, 64, 64, 3), uint8, RGB, to `pose` (n, 3), float32: yaw, pitch and roll in degrees.

    Args:
        path: the network, `pose.onnx`.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def look(self, pixels: ImageArray, box: Box) -> Pose:
        """How a head is turned.

        Args:
            pixels: (height, width, 3), uint8, RGB, upright.
            box: the face's dlib-like square, in pixels of the picture.

        A face and its mirror image are both looked at, so that neither side is judged unlike the other.
        """
        crop = around(pixels, box, CROP_TIMES, CROP_PX, PADDING_LEVEL)
        seen, mirrored = self._session.run(face=np.stack([crop, crop[:, ::-1]]))
        yaw, pitch, roll = (seen + mirrored * np.array((-1, 1, -1), np.float32)) / 2
        return Pose(float(yaw), float(pitch), float(roll))
