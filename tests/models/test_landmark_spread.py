"""How firmly the landmarks of real faces stay: told when asked for, and less firm where there is less to see."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.capture import ImageRequest
from likeness.domain.face import ImageArray
from likeness.models import packs
from likeness.pipeline.image import encode_jpeg
from likeness.pipeline.stages import Pipelines, load_pipelines
from tests.models.faces import pictures

PICTURES = 20


@pytest.fixture(scope="module", params=["default", "mobile", "mobile+dlib"])
def pipelines(request: pytest.FixtureRequest, all_models_path: Path) -> Pipelines:
    return load_pipelines(packs.prepare(packs.load(request.param), all_models_path))


def spread(pipelines: Pipelines, image: ImageArray) -> float:
    """NaN without a face."""
    seen = pipelines.image.observe(encode_jpeg(image, 95), ImageRequest(landmark_spread=True), lambda _: None)
    if seen.quality is None:
        return float("nan")
    assert seen.quality.landmark_spread is not None
    return seen.quality.landmark_spread


def worsened(image: ImageArray, seed: int) -> ImageArray:
    """Blurred, and then with noise."""
    noise = np.random.default_rng(seed).normal(0, 12, image.shape)
    blurred = cv2.GaussianBlur(image, (0, 0), 3)
    return np.clip(blurred + noise, 0, 255).astype(np.uint8)


def test_landmarks_of_blurred_and_noisy_faces_spread_more(pipelines: Pipelines, data: Path) -> None:
    clear = pictures(data, PICTURES)
    spreads = np.array(
        [(spread(pipelines, image), spread(pipelines, worsened(image, seed))) for seed, image in enumerate(clear)]
    )
    assert np.isfinite(spreads).all(axis=1).sum() > 0.8 * PICTURES
    before, after = np.nanmean(spreads, axis=0)
    assert np.nanmedian(spreads[:, 0]) > 1e-3  # looked for elsewhere, points move; else nothing was looked for
    assert before < 0.05  # of the distance between the eyes: points that stay
    assert after > 1.5 * before


def test_it_is_told_only_when_asked_for_and_changes_nothing_else(pipelines: Pipelines, data: Path) -> None:
    picture = encode_jpeg(pictures(data, 1)[0], 95)
    plain = pipelines.image.observe(picture, ImageRequest(), lambda _: None)
    asked = pipelines.image.observe(picture, ImageRequest(landmark_spread=True), lambda _: None)
    assert plain.quality is not None
    assert plain.template is not None
    assert asked.template is not None
    assert plain.quality.landmark_spread is None
    assert (plain.template.vector == asked.template.vector).all()
    assert spread(pipelines, pictures(data, 1)[0]) == spread(pipelines, pictures(data, 1)[0])
