"""The same verification done with dlib, as its users do it: decode, detect, five points, descriptor."""

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from multiprocessing import get_context
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


_chain: DlibChain | None = None


def _load() -> None:
    global _chain  # noqa: PLW0603  one chain for each process of the pool
    _chain = DlibChain()


def _repeat(detector: str, picture: bytes, calls: int) -> None:
    if _chain is None:
        raise RuntimeError("the pool has not loaded the chain")
    call = _chain.hog if detector == "hog" else _chain.cnn
    for _ in range(calls):
        call(picture)


class BusyDlib:
    """One process with the chain for each core, all at work at once: what dlib reaches on a machine that is full.

    The server is measured on a full machine too; a core whose neighbour idles is up to twice as fast.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._pool = ProcessPoolExecutor(cores, get_context("spawn"), initializer=_load)

    def per_second_per_core(self, detector: str, picture: bytes, calls: int) -> float:
        """Chains a second and core, each core doing `calls` of them after one that does not count."""
        self._run(detector, picture, 1)
        start_s = time.perf_counter()
        self._run(detector, picture, calls)
        return calls / (time.perf_counter() - start_s)

    def _run(self, detector: str, picture: bytes, calls: int) -> None:
        for running in [self._pool.submit(_repeat, detector, picture, calls) for _ in range(self._cores)]:
            running.result()

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown()
