"""Whole pipelines with pack mobile: pictures and clips, turned, large and small, as with the default pack."""

from pathlib import Path

import numpy as np
import pytest

from likeness.domain.capture import ClipRequest, ImageRequest
from likeness.domain.face import Box, Face, ImageArray
from likeness.domain.thresholds import shipped_thresholds
from likeness.models import packs
from likeness.models.genuineness import to_log_odds
from likeness.models.minifasnet import MiniFASNetDetector
from likeness.pipeline.face import FaceReader
from likeness.pipeline.image import decode, encode_jpeg, turn
from likeness.pipeline.stages import Pipelines, load_genuineness, load_pipelines, load_reader
from tests.models.faces import pictures
from tests.pipeline.clips import clip_frames, make_clip, scene_of


@pytest.fixture(scope="module")
def pipelines(all_models_path: Path) -> Pipelines:
    return load_pipelines(packs.prepare(packs.load("mobile"), all_models_path))


@pytest.fixture(scope="module")
def readers(all_models_path: Path) -> list[FaceReader]:
    return [load_reader(packs.prepare(packs.load(name), all_models_path)) for name in ("default", "mobile")]


@pytest.fixture(scope="module")
def portrait(data: Path) -> ImageArray:
    return decode((min((data / "london").iterdir()) / "neutral.jpg").read_bytes()).pixels


def test_a_turned_picture_gives_the_upright_template(pipelines: Pipelines, portrait: ImageArray) -> None:
    scene = scene_of(portrait, 800, 1000, 0.8)
    plain = pipelines.image.observe(encode_jpeg(scene, 92), ImageRequest(), lambda _: None)
    assert plain.template is not None
    assert plain.template.pack == "mobile"
    for turned_deg in (0, 90, 180, 270):
        stored = encode_jpeg(turn(scene, turned_deg), 92)
        seen = pipelines.image.observe(stored, ImageRequest(multi_oriented=True), lambda _: None)
        assert seen.template is not None
        assert seen.turned_deg == (360 - turned_deg) % 360
        assert seen.template.similarity(plain.template) > 0.97


def test_turned_photographs_are_told_without_an_error(pipelines: Pipelines, data: Path) -> None:
    for image in pictures(data, 30):
        for turned_deg in (90, 180):
            stored = encode_jpeg(turn(image, turned_deg), 95)
            seen = pipelines.image.observe(stored, ImageRequest(multi_oriented=True), lambda _: None)
            assert seen.turned_deg == 360 - turned_deg


def test_a_small_face_is_read_from_a_finer_decoding(pipelines: Pipelines, portrait: ImageArray) -> None:
    scene = scene_of(portrait, 4000, 3000, 0.25)  # a face of about 90 pixels where it is looked for
    seen = pipelines.image.observe(encode_jpeg(scene, 92), ImageRequest(), lambda _: None)
    alone = pipelines.image.observe(encode_jpeg(portrait, 92), ImageRequest(), lambda _: None)
    assert seen.template is not None
    assert alone.template is not None
    assert seen.template.similarity(alone.template) > 0.9


def test_a_clip_gives_one_template(pipelines: Pipelines, portrait: ImageArray) -> None:
    clip = make_clip(clip_frames(portrait, 30))
    seen = pipelines.clip.observe(clip, ClipRequest(), lambda _: None)
    still = pipelines.image.observe(encode_jpeg(portrait, 92), ImageRequest(), lambda _: None)
    assert seen.template is not None
    assert still.template is not None
    assert all(len(frame.faces) == 1 for frame in seen.frames)
    assert [score.detector for score in seen.genuineness] == [
        "screen",
        "print",
        "cutout",
        "generated",
        "minifasnet",
    ]
    assert seen.template.similarity(still.template) > 0.8


def test_a_second_opinion_adds_to_the_own_one_on_screens(all_models_path: Path, portrait: ImageArray) -> None:
    paths = packs.paths(packs.load("mobile"), all_models_path)
    assert paths.second_opinion is not None
    second = MiniFASNetDetector(paths.second_opinion.paths, paths.second_opinion.parameters)
    box = load_reader(paths).find(portrait)[0].box
    told = {it.detector: to_log_odds(it.score) for it in load_genuineness(paths).look(portrait, box)}
    (alone,) = second.look(portrait, box)
    assert told["minifasnet"] == pytest.approx(told["screen"] + to_log_odds(alone.score), abs=1e-6)


def test_quality_means_the_same_in_both_packs(readers: list[FaceReader], data: Path) -> None:
    thresholds, ratios = shipped_thresholds(), []
    for image in pictures(data, 60):
        one, other = (reader.read(image, reader.find(image)[0], 1.0) for reader in readers)
        if abs(np.log(one.quality.face_width_px / other.quality.face_width_px)) > 0.5:
            continue  # two people of a group
        ratios.append(
            [
                np.log(getattr(other.quality, name) / getattr(one.quality, name))
                for name in ("face_width_px", "sharpness", "brightness", "contrast")
            ]
        )
        assert other.quality.brightness > thresholds.min_brightness
        assert 0 <= other.quality.frontalness <= 1
    assert len(ratios) >= 50
    assert np.abs(np.median(ratios, axis=0)).max() < 0.08


def test_points_are_scaled_with_their_face() -> None:
    points = np.arange(10, dtype=np.float32).reshape(5, 2)
    scaled = Face(Box(1, 2, 3, 4), 0.9, points).scaled(2)
    assert scaled.box == Box(2, 4, 6, 8)
    assert scaled.points is not None
    np.testing.assert_array_equal(scaled.points, 2 * points)
