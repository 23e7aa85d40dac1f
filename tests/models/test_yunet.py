"""YuNet: our decoding against OpenCV's, and boxes as dlib draws them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.face import ImageArray
from likeness.models import packs
from likeness.models.anchors import candidates, one_each
from likeness.models.detector import Detector
from likeness.models.onnx import Session
from likeness.models.yunet import YuNetDetector, on_square
from tests.models.faces import agree, pictures, read

OVERLAP_LIMIT = 0.3


@pytest.fixture(scope="module")
def yunet(all_models_path: Path) -> YuNetDetector:
    stage = packs.paths(packs.load("mobile"), all_models_path).detector
    return YuNetDetector(stage.paths, stage.parameters)


@pytest.fixture(scope="module")
def images(data: Path) -> list[ImageArray]:
    """Portraits, profiles and groups."""
    cfp = [read(path) for path in sorted((data / "cfp").glob("*/*/01.jpg"))[::10]]
    groups = [read(path) for path in sorted((data / "edge" / "groups").glob("*.jpg"))]
    return [*pictures(data, 12), *cfp, *groups]


@pytest.mark.parametrize("side_px", [320, 640])
def test_faces_are_those_of_opencv(side_px: int, images: list[ImageArray], published: Path) -> None:
    path = published / f"yunet_n_{side_px}_{side_px}.onnx"
    ours = Session(path)
    theirs = cv2.FaceDetectorYN.create(str(path), "", (side_px, side_px), 0.5, OVERLAP_LIMIT)
    compared = 0
    for image in images:
        planes, _ = on_square(image, side_px)
        found = one_each(candidates(ours.run_all(input=planes), side_px, 0.5), OVERLAP_LIMIT)
        bgr = np.ascontiguousarray(planes[0].transpose(1, 2, 0).astype(np.uint8))
        _, expected = theirs.detect(bgr)
        expected = np.zeros((0, 15), np.float32) if expected is None else np.asarray(expected, np.float32)
        assert len(found.score) == len(expected)
        order, other = np.argsort(found.score), np.argsort(expected[:, 14])
        sides = found.box[:, 2:] - found.box[:, :2]
        np.testing.assert_allclose(found.score[order], expected[other, 14], atol=1e-4)
        np.testing.assert_allclose(found.box[order, :2], expected[other, :2], atol=0.02)
        np.testing.assert_allclose(sides[order], expected[other, 2:4], atol=0.02)
        np.testing.assert_allclose(found.points[order].reshape(-1, 10), expected[other, 4:14], atol=0.02)
        compared += len(expected)
    assert compared >= len(images) - 1


def test_boxes_are_as_dlib_draws_them(yunet: YuNetDetector, models_path: Path, data: Path) -> None:
    dlib = Detector(models_path / "default" / "detector.onnx")
    offsets, scales = [], []
    for image in pictures(data, 40):
        (ours, *_), theirs = yunet.detect(image), dlib.detect(image)
        same = [face.box for face in theirs if agree(face.box, ours.box)]
        if not same:
            continue
        (box,) = same
        assert ours.box.width_px == pytest.approx(ours.box.height_px)
        centre, other = ((it.left + it.right, it.top + it.bottom) for it in (ours.box, box))
        offsets.append([(one - two) / 2 / box.width_px for one, two in zip(centre, other, strict=True)])
        scales.append(np.log(ours.box.width_px / box.width_px))
    assert len(scales) >= 35
    # dlib's own boxes come in steps of a fifth to a third of their width.
    assert np.abs(np.mean(offsets, axis=0)).max() < 0.03
    assert abs(np.mean(scales)) < 0.05
    assert np.std(scales) < 0.15


def test_points_are_in_image_order(yunet: YuNetDetector, data: Path) -> None:
    for image in pictures(data, 10):
        points = yunet.detect(image)[0].points
        assert points is not None
        left_eye, right_eye, nose, left_mouth, right_mouth = points
        assert left_eye[0] < right_eye[0]
        assert left_mouth[0] < right_mouth[0]
        assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_small_faces_are_looked_at_more_closely(yunet: YuNetDetector, data: Path) -> None:
    (face, *_) = pictures(data, 1)
    for share in (0.12, 0.3):
        side_px = round(250 / share / 2)
        scene = np.full((side_px, side_px * 4 // 3, 3), 110, np.uint8)
        small = np.asarray(cv2.resize(face, (125, 125), interpolation=cv2.INTER_AREA), np.uint8)
        scene[-130:-5, -130:-5] = small
        (alone,) = yunet.detect(small)
        (found,) = yunet.detect(scene)
        assert alone.points is not None
        assert found.points is not None
        moved = alone.points + np.array([scene.shape[1] - 130, scene.shape[0] - 130])
        assert np.abs(found.points - moved).max() < 0.06 * alone.box.width_px


def test_nobody_is_found_in_nothing(yunet: YuNetDetector) -> None:
    assert yunet.detect(np.zeros((480, 640, 3), np.uint8)) == []
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    assert yunet.detect(noise) == []
    assert yunet.detect(np.zeros((1, 3, 3), np.uint8)) == []
