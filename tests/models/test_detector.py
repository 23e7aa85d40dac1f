"""The search by need: every size from a tenth to nine tenths, second faces, cut faces, odd pictures."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.face import Box, Face, ImageArray
from likeness.models.detector import Detector
from tests.models.faces import agree, pictures

WIDTH_PX, HEIGHT_PX = 640, 480
Portrait = tuple[ImageArray, Box]


@pytest.fixture(scope="module")
def detector(models_path: Path) -> Detector:
    return Detector(models_path / "default" / "detector.onnx")


@pytest.fixture(scope="module")
def portraits(data: Path, detector: Detector) -> list[Portrait]:
    """Pictures with one face that lies wholly inside."""
    seen = [(image, detector.detect_exhaustively(image)) for image in pictures(data, 40)]
    alone = [(image, faces[0].box) for image, faces in seen if len(faces) == 1]
    return [(image, box) for image, box in alone if min(box.left, box.top) >= 0 and max(box.right, box.bottom) <= 250]


def place(canvas: ImageArray, portrait: Portrait, face_px: float, x: float, y: float) -> Box:
    """Lay a portrait on a canvas so that its face is so wide and centred there; returns the face's box."""
    image, box = portrait
    factor = face_px / box.width_px
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(image, None, fx=factor, fy=factor, interpolation=method)
    left = round(x - (box.left + box.right) / 2 * factor)
    top = round(y - (box.top + box.bottom) / 2 * factor)
    right, bottom = min(canvas.shape[1], left + scaled.shape[1]), min(canvas.shape[0], top + scaled.shape[0])
    first_x, first_y = max(0, left), max(0, top)
    canvas[first_y:bottom, first_x:right] = scaled[first_y - top : bottom - top, first_x - left : right - left]
    return Box(x - face_px / 2, y - face_px / 2, x + face_px / 2, y + face_px / 2)


def has(faces: list[Face], box: Box) -> bool:
    return any(agree(face.box, box) for face in faces)


@pytest.mark.parametrize("part", [0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 0.9])
def test_finds_faces_of_every_part_of_the_width(part: float, detector: Detector, portraits: list[Portrait]) -> None:
    chance = np.random.default_rng(1)
    for portrait in portraits[:12]:
        canvas = np.full((HEIGHT_PX, WIDTH_PX, 3), chance.integers(40, 220, 3), dtype=np.uint8)
        half = part * WIDTH_PX / 2
        x = chance.uniform(min(half, WIDTH_PX / 2), max(WIDTH_PX - half, WIDTH_PX / 2))
        y = chance.uniform(min(half, HEIGHT_PX / 2), max(HEIGHT_PX - half, HEIGHT_PX / 2))
        box = place(canvas, portrait, part * WIDTH_PX, x, y)
        faces = detector.detect(canvas)
        assert has(faces[:1], box), f"missed {box}, found {faces}"
        assert all(face.score > 0 for face in faces)


def test_finds_the_main_face_that_the_whole_pyramid_finds(data: Path, detector: Detector) -> None:
    for image in pictures(data, 60):
        expected = max(detector.detect_exhaustively(image), key=lambda face: face.box.area_px * face.score)
        assert has(detector.detect(image), expected.box)


def test_finds_a_second_face_of_half_the_width(detector: Detector, portraits: list[Portrait]) -> None:
    missed = 0
    pairs = list(zip(portraits[:20], portraits[10:30], strict=False))
    for number, (one, other) in enumerate(pairs):
        canvas = np.full((HEIGHT_PX, WIDTH_PX, 3), 90, dtype=np.uint8)
        main_px = (140, 160, 180, 200)[number % 4]  # half of the least is just over a tenth of the width
        first = place(canvas[:, :400], one, main_px, 200, 240)
        second = place(canvas[:, 400:], other, main_px * (0.5, 0.75, 1)[number % 3], 110, 200)
        faces = detector.detect(canvas)
        assert has(faces, first)
        missed += not has(faces, Box(second.left + 400, second.top, second.right + 400, second.bottom))
    assert len(pairs) >= 15
    assert missed <= 1


def test_finds_faces_cut_by_the_border(detector: Detector, portraits: list[Portrait]) -> None:
    found = 0
    for portrait in portraits[:20]:
        image, box = portrait
        cut = np.ascontiguousarray(image[:, int(box.left + 0.25 * box.width_px) :])
        gone_px = int(box.left + 0.25 * box.width_px)
        found += has(detector.detect(cut), Box(box.left - gone_px, box.top, box.right - gone_px, box.bottom))
    assert found >= 18


def test_boxes_do_not_depend_on_the_size_of_the_upload(detector: Detector, portraits: list[Portrait]) -> None:
    image, box = portraits[0]
    large = np.asarray(cv2.resize(image, (3000, 3000), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    assert agree(detector.detect(large)[0].box, box.scaled(12))


@pytest.mark.parametrize("shape", [(1, 1), (1, 4096), (4096, 1), (3, 5), (480, 640), (2000, 10)])
def test_finds_nothing_in_plain_pictures_of_any_shape(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.full((*shape, 3), 127, dtype=np.uint8)) == []
    assert detector.detect_exhaustively(np.full((*shape, 3), 127, dtype=np.uint8)) == []


def test_upsampling_finds_smaller_faces(detector: Detector, portraits: list[Portrait]) -> None:
    canvas = np.full((200, 300, 3), 90, dtype=np.uint8)
    box = place(canvas, portraits[0], 40, 150, 100)
    assert detector.detect_exhaustively(canvas) == []
    assert agree(detector.detect_exhaustively(canvas, upsample=1)[0].box, box)
