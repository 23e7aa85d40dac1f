"""A second opinion on faces that are shown to the camera, by the two networks of Silent-Face-Anti-Spoofing.

Both look at a face with what surrounds it, the first nearer, the second farther: the edge of a sheet or a screen is
outside the face. What they give is the mean probability of a live face, class 1 of three. The authors name the other
two nowhere, so nothing is told of them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from likeness.domain.capture import DetectorScore
from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.domain.series import LumaSeries
from likeness.models.onnx import Session
from likeness.models.pth import read_state_dict

SIDE_PX = 80
"""Side of what both networks look at."""
REASONS = ("near surroundings", "far surroundings")
"""Which of the two networks speaks louder for an attack."""
_LIVE = 1


class MiniFASNetDetector:
    """The second opinion of the mobile pack.

    Args:
        paths: the published weights, that of the near surroundings first.
        parameters: of the manifest; the last three by `training.surroundings`:
            networks: of each file, its name among `minifasnet_graph.ARCHITECTURES`.
            scales: of each, how many times a face's box it looks at.
            face_width, face_height: of the box that the networks were taught with, in widths of the square by which
                a detector here tells the same face.
            face_offset: x and y from the centre of that square to that of the box, in the same widths.

    Raises:
        StateDictError: a file is damaged or of another network.
    """

    def __init__(self, paths: Sequence[Path], parameters: Mapping[str, Any]) -> None:
        # Imported where it is needed: workers of other packs need no packer of graphs, which takes 13 MB.
        from likeness.models import minifasnet_graph  # noqa: PLC0415

        self._networks = [
            (float(scale), Session(minifasnet_graph.build(minifasnet_graph.ARCHITECTURES[name], read_state_dict(data))))
            for name, scale, data in zip(
                parameters["networks"], parameters["scales"], (path.read_bytes() for path in paths), strict=True
            )
        ]
        self._size = (float(parameters["face_width"]), float(parameters["face_height"]))
        self._offset = tuple(float(part) for part in parameters["face_offset"])

    def look(self, image: ImageArray, box: Box) -> tuple[DetectorScore, ...]:
        """One score for a face of a picture, and whose surroundings speak louder for an attack; see `Genuineness`."""
        live = self.live(image, self.face_box(box))
        return (DetectorScore("minifasnet", float(1 - live.mean()), REASONS[int(np.argmin(live))]),)

    def over_time(self, series: LumaSeries | None) -> dict[str, dict[str, float]]:
        """Nothing: it knows pictures alone; see `Genuineness`."""
        del series
        return {}

    def face_box(self, box: Box) -> Box:
        """The box that the networks were taught with for a face that is told by this square.

        It is not rounded as the boxes of the authors' detector are: whole pixels would change a small face's height
        over its width.
        """
        side = box.width_px
        width, height = (part * side for part in self._size)
        left = (box.left + box.right) / 2 + self._offset[0] * side - width / 2
        top = (box.top + box.bottom) / 2 + self._offset[1] * side - height / 2
        return Box(left, top, left + width, top + height)

    def live(self, image: ImageArray, face: Box) -> FloatArray:
        """Of each network, (2,), the probability, 0 to 1, that a face is live; its box as the networks were taught."""
        crops = (surroundings(image, face, scale) for scale, _ in self._networks)
        return np.array(
            [
                session.run(pixels=np.asarray(cv2.dnn.blobFromImage(crop, swapRB=True), np.float32))[0, _LIVE]
                for crop, (_, session) in zip(crops, self._networks, strict=True)
            ],
            np.float32,
        )


def surroundings(image: ImageArray, face: Box, scale: float) -> ImageArray:
    """What lies in a box `scale` times as large, (80, 80, 3), uint8, in the picture's order of colours.

    As the authors cut it: the box grows about its centre, but no larger than the picture less one pixel, is moved
    until it is inside, its corners are rounded down, and the last pixel counts as well.
    """
    limit = np.array(image.shape[1::-1], np.float64) - 1
    corner, size = np.array((face.left, face.top)), np.array((face.width_px, face.height_px))
    grown = size * min(scale, *(limit / size))
    first, last = corner + size / 2 - grown / 2, corner + size / 2 + grown / 2
    first, last = np.maximum(first, 0), last - np.minimum(first, 0)
    first, last = first - np.maximum(last - limit, 0), np.minimum(last, limit)
    (left, top), (right, bottom) = first.astype(int), last.astype(int)
    return np.asarray(cv2.resize(image[top : bottom + 1, left : right + 1], (SIDE_PX, SIDE_PX)), np.uint8)
