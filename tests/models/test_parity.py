"""The converted models against dlib itself, on real faces."""

from pathlib import Path

import dlib
import numpy as np
import pytest

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models.alignment import face_chip
from likeness.models.convert import convert_embedder
from likeness.models.detector import Detector
from likeness.models.embedder import DlibEmbedder
from likeness.models.landmarks import Landmarks
from likeness.models.views import View
from tests.models.faces import corners, pictures, read, rectangle, weights

Found = list[tuple[ImageArray, Box]]


@pytest.fixture(scope="module")
def detector(models_path: Path) -> Detector:
    return Detector(models_path / "default" / "detector.onnx")


@pytest.fixture(scope="module")
def landmarks(models_path: Path) -> Landmarks:
    return Landmarks(models_path / "default" / "landmarks.onnx")


@pytest.fixture(scope="module")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> DlibEmbedder:
    """The network as dlib runs it: without the limits of the default pack."""
    path = tmp_path_factory.mktemp("unlimited") / "embedder.onnx"
    path.write_bytes(convert_embedder(Path(weights("embedder")).read_bytes()))
    return DlibEmbedder(path)


@pytest.fixture(scope="module")
def found(data: Path, detector: Detector) -> Found:
    """Pictures of LFW and, of other sizes, of CFP, some of them profiles; with the main face of each."""
    cfp = [read(path) for path in sorted((data / "cfp").glob("*/*/01.jpg"))[::5]]
    faces = [(image, detector.detect(image)) for image in pictures(data, 50) + cfp]
    return [(image, seen[0].box) for image, seen in faces if seen]


@pytest.fixture(scope="module")
def predictor() -> dlib.shape_predictor:
    return dlib.shape_predictor(weights("landmarks"))


def test_the_whole_pyramid_gives_dlibs_boxes(data: Path, detector: Detector) -> None:
    reference = dlib.cnn_face_detection_model_v1(weights("detector"))
    cfp = sorted((data / "cfp").glob("*/frontal/*.jpg"))[::150]
    # Beyond its left border by half pixels: shows which way dlib rounds.
    border = data / "lfw" / "Angel_Maza" / "Angel_Maza_0001.jpg"
    images = [*pictures(data, 20), *(read(path) for path in cfp), *([read(border)] if border.exists() else [])]
    faces = 0
    for image in images:
        rects = [it.rect for it in reference(image, 0)]
        expected = [(rect.left(), rect.top(), rect.right() + 1, rect.bottom() + 1) for rect in rects]
        seen = detector.detect_exhaustively(image)
        assert sorted(corners(face.box) for face in seen) == sorted(expected)
        assert seen == sorted(seen, key=lambda face: face.box.area_px, reverse=True)
        faces += len(expected)
    assert faces >= 20


def test_landmarks_are_dlibs(found: Found, landmarks: Landmarks, predictor: dlib.shape_predictor) -> None:
    assert len(found) >= 50
    for image, box in found:
        assert np.array_equal(landmarks.locate(image, box), _points(predictor, image, box))


def test_landmarks_of_a_box_beyond_the_picture_are_dlibs(
    found: Found, landmarks: Landmarks, predictor: dlib.shape_predictor
) -> None:
    for image, box in found[:10]:
        width_px = box.width_px
        for move in (-0.6, 0.6):
            moved = Box(box.left + move * width_px // 1, box.top, box.right + move * width_px // 1, box.bottom)
            cut = np.ascontiguousarray(image[:, max(0, int(moved.left)) + int(width_px) // 3 :])
            assert np.array_equal(landmarks.locate(cut, moved), _points(predictor, cut, moved))


def test_chips_are_dlibs(found: Found, predictor: dlib.shape_predictor, embedder: DlibEmbedder) -> None:
    for image, box in found[::4]:
        for factor in (1, 5):  # a face five times as large is first halved, twice or more
            large = np.ascontiguousarray(np.repeat(np.repeat(image, factor, axis=0), factor, axis=1))
            scaled = Box(*(value * factor for value in corners(box)))
            shape = predictor(large, rectangle(scaled))
            expected = dlib.get_face_chip(large, shape, size=150, padding=0.25)
            chip = face_chip(large, _points(predictor, large, scaled))
            difference = np.abs(chip.astype(int) - expected.astype(int))
            assert difference.max() <= 1
            assert difference.mean() < 0.01
            ours, theirs = embedder.describe(np.stack([chip, expected]))
            assert np.linalg.norm(ours - theirs) < 0.003


def test_descriptors_are_dlibs(found: Found, embedder: DlibEmbedder, predictor: dlib.shape_predictor) -> None:
    reference = dlib.face_recognition_model_v1(weights("embedder"))
    chips = [face_chip(image, _points(predictor, image, box)) for image, box in found[::7]]
    expected = np.array([reference.compute_face_descriptor(chip) for chip in chips])
    assert np.abs(embedder.describe(np.stack(chips)) - expected).max() < 1e-5


def test_a_vector_is_the_mean_direction_of_chip_and_mirror_image(embedder: DlibEmbedder) -> None:
    chip = np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    plain, mirrored = (embedder.describe(np.ascontiguousarray(each)[None])[0] for each in (chip, chip[:, ::-1]))
    expected = plain / np.linalg.norm(plain) + mirrored / np.linalg.norm(mirrored)
    seen = embedder.embed(
        View(chip, Face(Box(0, 0, 1, 1), 1.0), chip, np.zeros((2, 2), np.float32), np.zeros(2, np.float32))
    )
    vector = seen.vector
    cosine = plain @ mirrored / np.linalg.norm(plain) / np.linalg.norm(mirrored)
    assert seen.mirror_similarity == pytest.approx(cosine, abs=1e-6)
    assert vector.shape == (128,)
    assert vector.dtype == np.float32
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-6)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def _points(predictor: dlib.shape_predictor, image: ImageArray, box: Box) -> FloatArray:
    shape = predictor(image, rectangle(box))
    return np.array([(shape.part(i).x, shape.part(i).y) for i in range(5)], dtype=np.float32)
