"""The same verification done with dlib, as its users do it: decode, detect, five points, descriptor."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import dlib
import numpy as np

from likeness.domain.face import ImageArray

CHIP_PX, PADDING = 150, 0.25


def decode(picture: bytes) -> ImageArray:
    """A JPEG in full, RGB."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("not a picture")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), dtype=np.uint8)


class DlibChain:
    """One picture to one descriptor, with either of dlib's detectors, without upsampling."""

    def __init__(self) -> None:
        spec = find_spec("face_recognition_models")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError("face_recognition_models")
        folder = Path(spec.submodule_search_locations[0]) / "models"
        self._hog = dlib.get_frontal_face_detector()
        self._cnn = dlib.cnn_face_detection_model_v1(str(folder / "mmod_human_face_detector.dat"))
        self._points = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
        self._net = dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat"))

    def hog(self, picture: bytes) -> np.ndarray:
        """With the HOG detector."""
        return self._describe(picture, lambda image: self._hog(image, 0))

    def cnn(self, picture: bytes) -> np.ndarray:
        """With the CNN detector."""
        return self._describe(picture, lambda image: [found.rect for found in self._cnn(image, 0)])

    def _describe(self, picture: bytes, detect: Callable[[ImageArray], list[object]]) -> np.ndarray:
        image = decode(picture)
        faces = detect(image)
        if not faces:
            raise ValueError("dlib found no face")
        chip = dlib.get_face_chip(image, self._points(image, faces[0]), CHIP_PX, PADDING)
        return np.array(self._net.compute_face_descriptor(chip))
