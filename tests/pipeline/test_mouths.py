"""The mouth cut out of every frame of a real clip."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.face import Box, Face, ImageArray
from likeness.models import packs
from likeness.models.views import Aligner
from likeness.pipeline.face import FaceDetector
from likeness.pipeline.frames import ClipFrame
from likeness.pipeline.mouths import mouths
from likeness.pipeline.stages import load_stages
from likeness.spoken_clips import FPS, Sentence

Stages = tuple[FaceDetector, Aligner]


@pytest.fixture(scope="module", params=["default", "mobile"])
def stages(request: pytest.FixtureRequest) -> Stages:
    fixture = "models_path" if request.param == "default" else "all_models_path"
    folder: Path = request.getfixturevalue(fixture)
    return load_stages(packs.prepare(packs.load(request.param), folder))[:2]


@pytest.fixture(scope="module")
def sentence(data: Path) -> Sentence:
    return Sentence.read(data / "grid" / "s1" / "bbaf4p.mpg")


def filmed(pictures: Sequence[ImageArray]) -> list[ClipFrame]:
    return [ClipFrame(place / FPS, np.ascontiguousarray(pixels)) for place, pixels in enumerate(pictures)]


def found(frames: Sequence[ClipFrame], stages: Stages) -> list[tuple[float, Face]]:
    return [(frame.time_s, stages[0].detect(frame.pixels)[0]) for frame in frames[4::8]]


def test_every_frame_has_a_mouth_of_one_size(stages: Stages, sentence: Sentence) -> None:
    frames = filmed(sentence.footage.frames)
    series = mouths(frames, found(frames, stages), stages[1])
    assert series is not None
    assert series.crops.shape == (75, 48, 64)
    assert series.crops.dtype == np.uint8
    assert np.allclose(series.times_s, np.arange(75) / FPS)


def test_mouth_changes_while_something_is_said(stages: Stages, sentence: Sentence) -> None:
    frames = filmed(sentence.footage.frames)
    series = mouths(frames, found(frames, stages), stages[1])
    assert series is not None
    change = np.abs(np.diff(series.crops[:, 8:40, 12:52].astype(float), axis=0)).mean(axis=(1, 2))
    said = np.zeros(len(change), bool)
    said[sentence.before.stop : sentence.after.start - 1] = True
    assert change[said].mean() > 1.5 * change[~said].mean()


def test_mouth_stays_in_its_place_while_the_head_moves(stages: Stages, sentence: Sentence) -> None:
    still = sentence.footage.frames[2]
    by_px = 15 * np.sin(2 * np.pi * 0.5 * np.arange(75) / FPS)
    moved = [np.asarray(cv2.warpAffine(still, np.array([[1, 0, x], [0, 1, -x / 2]]), (360, 288))) for x in by_px]
    frames = filmed([np.asarray(it, np.uint8) for it in moved])
    series = mouths(frames, found(frames, stages), stages[1])
    assert series is not None
    crops = series.crops[5:-5].astype(float)
    assert np.abs(crops - crops.mean(axis=0)).mean() < 3
    places = [cv2.phaseCorrelate(crops[0], crop)[0] for crop in crops]
    assert np.ptp(places, axis=0).max() < 1.5


def test_smaller_pictures_give_like_crops(stages: Stages, sentence: Sentence) -> None:
    whole = filmed(sentence.footage.frames[:30])
    large = [replace(it, pixels=np.asarray(cv2.resize(it.pixels, (720, 576)), np.uint8)) for it in whole]
    one, other = (mouths(frames, found(frames, stages), stages[1]) for frames in (whole, large))
    assert one is not None
    assert other is not None
    assert np.abs(one.crops.astype(float) - other.crops).mean() < 6


def test_without_face_or_frames_there_is_no_mouth(stages: Stages, sentence: Sentence) -> None:
    frames = filmed(sentence.footage.frames[:10])
    assert mouths(frames, [], stages[1]) is None
    assert mouths([], [(0.0, Face(Box(0, 0, 9, 9), 1.0, np.zeros((5, 2), np.float32)))], stages[1]) is None


def test_frames_at_the_time_of_the_one_before_are_left_out(stages: Stages, sentence: Sentence) -> None:
    frames = filmed(sentence.footage.frames[:20])
    twice = [*frames[:10], frames[9], *frames[10:]]
    series = mouths(twice, found(frames, stages), stages[1])
    assert series is not None
    assert len(series.times_s) == 20


def test_face_beyond_the_picture_does_no_harm(stages: Stages, sentence: Sentence) -> None:
    frames = filmed(sentence.footage.frames[:10])
    points = np.array([(-400, -400), (-360, -400), (-380, -380), (-395, -360), (-365, -360)], np.float32)
    face = Face(Box(-450, -450, -330, -330), 1.0, points)
    series = mouths(frames, [(0.0, face)], stages[1])
    assert series is not None
    assert series.crops.shape == (10, 48, 64)
