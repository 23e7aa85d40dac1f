"""Detectors of attacks; so far one, for faces shown on a screen."""

from pathlib import Path

import numpy as np

from likeness.domain.capture import DetectorScore
from likeness.domain.face import Box, ImageArray
from likeness.models.onnx import Session
from likeness.models.replay_features import describe, face_crop


class ReplayDetector:
    """Tells a face on a screen from a face, by a logistic regression (see genuineness/MODEL_CARD.md).

    The network maps `features` (n,) float32 to (1 + groups,): the score, then how much each group of features, in the
    order of `describe`, speaks for a screen (in log-odds).
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def score(self, image: ImageArray, box: Box) -> DetectorScore:
        """Judge one face of a picture.

        Args:
            image: (height, width, 3), uint8, RGB, upright.
            box: the detector's box of the face, in pixels of the picture.

        Returns:
            0 (surely live) to 1 (surely a screen), and the group of features that speaks loudest for a screen.
        """
        groups = describe(face_crop(image, box))
        result = self._session.run(features=np.concatenate(list(groups.values())))
        return DetectorScore("screen", float(result[0]), list(groups)[int(np.argmax(result[1:]))])
