"""Alignment: exact, without reflection, nothing skipped, and as cheap for a large photograph as for a small one."""

from typing import Any

import cv2
import numpy as np
import pytest

from likeness.domain.face import ImageArray
from likeness.models.mobilefacenet import SIDE_PX, TEMPLATE
from likeness.models.similarity import Similarity, cut, fit

TURN = 0.4


def turned(places: np.ndarray, scale: float, shift: tuple[float, float]) -> np.ndarray:
    rotation = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    return np.asarray(places @ (scale * rotation).T + shift)


def test_a_turned_scaled_and_moved_template_is_found_exactly() -> None:
    found = fit(TEMPLATE, turned(TEMPLATE, 2.5, (70, -30)).astype(np.float32))
    assert found.scale == pytest.approx(2.5, abs=1e-5)
    np.testing.assert_allclose(found.of(TEMPLATE), turned(TEMPLATE, 2.5, (70, -30)), atol=1e-4)


def test_a_mirrored_template_is_not_reflected() -> None:
    mirrored = TEMPLATE * [-1, 1] + [112, 0]
    assert np.linalg.det(fit(TEMPLATE, mirrored.astype(np.float32)).turn) > 0


def gradient(height_px: int, width_px: int) -> ImageArray:
    y, x = np.mgrid[:height_px, :width_px]
    return np.stack([x * 255 / width_px, y * 255 / height_px, 0 * x], axis=2).astype(np.uint8)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.9, 3.0, 7.0])
def test_every_scale_shows_the_same_places(scale: float) -> None:
    image = gradient(1200, 1600)
    placed = Similarity(scale * np.eye(2), np.array([400.0, 200.0]))
    chip = cut(image, placed, SIDE_PX).astype(float)
    for at in (10, 56, 100):
        x, y = placed.of(np.array([(float(at), float(at))]))[0]
        assert chip[at, at, 0] == pytest.approx(x * 255 / 1600, abs=1.2)
        assert chip[at, at, 1] == pytest.approx(y * 255 / 1200, abs=1.2)


def test_no_pixel_of_a_large_face_is_skipped() -> None:
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[::2, ::2] = 255  # a quarter of the light; sampling would see all or none of it
    chip = cut(image, Similarity(8.0 * np.eye(2), np.array([100.0, 100.0])), SIDE_PX)
    assert np.abs(chip.astype(int) - 64).max() <= 2


def test_only_the_face_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    warp = cv2.warpAffine

    def counted(region: ImageArray, matrix: Any, size: Any, flags: int) -> Any:  # noqa: ANN401 - as OpenCV's
        seen.append(region.shape[0] * region.shape[1])
        return warp(region, matrix, size, flags=flags)

    monkeypatch.setattr(cv2, "warpAffine", counted)
    for side_px in (600, 4000):
        for scale in (1.0, 3.0):
            placed = Similarity(scale * np.eye(2), np.array([100.0, 100.0]))
            cut(np.zeros((side_px, side_px, 3), np.uint8), placed, SIDE_PX)
    assert seen[:2] == seen[2:]  # whatever the photograph's size
    assert max(seen) <= (2 * SIDE_PX + 12) ** 2  # a large face is halved first


def test_a_face_beyond_the_picture_is_black() -> None:
    image = np.full((50, 50, 3), 255, np.uint8)
    assert not cut(image, Similarity(np.eye(2), np.array([1000.0, 0.0])), SIDE_PX).any()
    assert cut(image, Similarity(np.eye(2), np.array([-62.0, -62.0])), SIDE_PX)[62:, 62:].all()
