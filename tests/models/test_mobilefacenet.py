"""What MobileFaceNet is fed, worked out anew: where the face lies, its colours, and its mirror image."""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from skimage.transform import SimilarityTransform

from likeness.domain.confidence import Calibration
from likeness.domain.face import Face, FloatArray, ImageArray
from likeness.models import packs
from likeness.models.mobilefacenet import MobileFaceNet, aligned
from likeness.models.views import View, points_of
from likeness.pipeline.stages import load_stages
from tests.models.faces import pictures, read

# The eyes, the nose and the corners of the mouth in a square of 112 pixels, as published with SphereFace and ArcFace.
PUBLISHED = ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041))
# Of red, green and blue, 0 to 1, as published with the network (torchvision's `Normalize`).
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
FILE = "mobilefacenet_ms1m_112.onnx"
PEOPLE = 40


@pytest.fixture(scope="module")
def network(published: Path) -> MobileFaceNet:
    return MobileFaceNet(published / FILE)


@pytest.fixture(scope="module")
def theirs(published: Path) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(published / FILE, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def stages(all_models_path: Path):  # type: ignore[no-untyped-def]  # noqa: ANN201
    return load_stages(packs.prepare(packs.load("mobile"), all_models_path))


@pytest.fixture(scope="module")
def views(stages, data: Path) -> list[View]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """One face each; in LFW's pictures it is about as large as the network takes it, so none is halved."""
    detector, aligner, _ = stages
    return [aligner.view(image, detector.detect(image)[0]) for image in pictures(data, 12)]


def placement(view: View) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """From places in the chip to places in the picture."""
    placed = SimilarityTransform.from_estimate(np.array(PUBLISHED), points_of(view.face).astype(np.float64))
    assert placed
    return placed


def expected_chip(view: View) -> ImageArray:
    """The picture at the place of every pixel of the chip."""
    grid = np.stack(np.meshgrid(np.arange(112.0), np.arange(112.0)), axis=-1).reshape(-1, 2)
    x, y = placement(view)(grid).astype(np.float32).reshape(112, 112, 2).transpose(2, 0, 1)
    return np.asarray(cv2.remap(view.pixels, x, y, cv2.INTER_LINEAR), np.uint8)


def expected_vector(theirs: onnxruntime.InferenceSession, chip: ImageArray) -> NDArray[np.float64]:
    """The network's own answer, one channel at a time."""
    planes = np.empty((1, 3, 112, 112), np.float32)
    for channel in range(3):
        planes[0, channel] = (chip[:, :, channel] / 255.0 - MEAN[channel]) / DEVIATION[channel]
    (vectors,) = theirs.run(None, {theirs.get_inputs()[0].name: planes})
    return np.asarray(vectors[0], np.float64)


def test_faces_lie_where_the_network_was_taught_to_find_them(views: list[View]) -> None:
    for view in views:
        difference = np.abs(aligned(view).astype(np.float64) - expected_chip(view))
        assert difference.mean() < 0.5  # grey levels, for rounding; half a pixel aside makes 3 of the first face


def test_colours_are_those_of_the_network(
    views: list[View], network: MobileFaceNet, theirs: onnxruntime.InferenceSession
) -> None:
    for view in views:
        chip = aligned(view)
        expected = expected_vector(theirs, chip)
        np.testing.assert_allclose(network.describe(chip), expected, atol=1e-5 * np.abs(expected).max())
        assert angle_deg(network.describe(chip), expected_vector(theirs, chip[:, :, ::-1])) > 3


def test_a_face_and_its_mirror_image_have_one_vector(
    views: list[View], network: MobileFaceNet, theirs: onnxruntime.InferenceSession
) -> None:
    for view in views:
        seen, mirrored = network.embed(view), network.embed(flipped(view))
        assert angle_deg(seen.vector, mirrored.vector) < 1
        assert seen.mirror_similarity == pytest.approx(mirrored.mirror_similarity, abs=2e-3)
        chips = aligned(view), aligned(view)[:, ::-1]
        one, other = (it / np.linalg.norm(it) for it in (expected_vector(theirs, chip) for chip in chips))
        assert angle_deg(seen.vector, one + other) < 0.1
        assert seen.mirror_similarity == pytest.approx(one @ other, abs=1e-4)


def flipped(view: View) -> View:
    """The same face in the mirrored picture, its points where its chip is the mirror image.

    They are not the mirrored points: the published places are nearer to one side of the chip, by 0.8 pixels.
    """
    points = placement(view)((111, 0) - np.array(PUBLISHED) * (1, -1)).astype(np.float32)
    points[:, 0] = view.pixels.shape[1] - 1 - points[:, 0]
    pixels = np.ascontiguousarray(view.pixels[:, ::-1])
    return View(pixels, Face(view.face.box, view.face.score, points), view.chip, points[:2], points[2])


def angle_deg(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    a, b = (np.asarray(it, np.float64) / np.linalg.norm(it) for it in (one, other))
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def test_people_are_told_apart_at_the_shipped_threshold(stages, data: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    pack = packs.load("mobile")
    threshold = Calibration.from_dict(packs.require_calibration(pack)).score_at(1e-3)
    several = [sorted(it.glob("*.jpg"))[:2] for it in sorted((data / "lfw").iterdir())]
    people = [it for it in several if len(it) == 2][::11][:PEOPLE]
    assert len(people) == PEOPLE
    vectors = [[central(stages, read(path)) for path in paths] for paths in people]
    genuine = np.array([one @ other for one, other in vectors])
    strangers = np.array([one[0] @ other[0] for one, other in combinations(vectors, 2)])
    assert np.mean(genuine < threshold) < 0.1
    assert np.mean(strangers >= threshold) < 0.01  # 780 pairs: 0.8 are expected


def central(stages, image: ImageArray) -> FloatArray:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """The vector of the face in the middle, where LFW's pictures have their subject."""
    detector, aligner, embedder = stages
    middle_px: float = image.shape[1] / 2

    def off_px(face: Face) -> float:
        box = face.box
        return abs((box.left + box.right) / 2 - middle_px) + abs((box.top + box.bottom) / 2 - middle_px)

    vector: FloatArray = embedder.embed(aligner.view(image, min(detector.detect(image), key=off_px))).vector
    return vector
