"""Clips that show two people never yield a template that matches both."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from likeness.domain.capture import ClipObservation, ClipRequest, ImageRequest
from likeness.domain.decision import is_one_person, judge_clip
from likeness.domain.errors import VideoFaceNotFoundError
from likeness.domain.face import ImageArray, Template
from likeness.domain.thresholds import shipped_thresholds
from likeness.models import packs
from likeness.pipeline.image import decode, encode_jpeg
from likeness.pipeline.stages import Pipelines, load_pipelines
from tests.pipeline.clips import clip_frames, make_clip

THRESHOLDS = shipped_thresholds()
PAIRS = 4
ROUNDING = 0.01  # two encodings of one frame


@pytest.fixture(scope="module")
def pipelines(models_path: Path) -> Pipelines:
    return load_pipelines(packs.prepare(packs.load("default"), models_path))


@pytest.fixture(scope="module")
def pairs(data: Path, pipelines: Pipelines) -> list[tuple[ImageArray, ImageArray]]:
    """London people who are strangers to each other, as far as the models can tell."""
    found = list(_strangers(data, pipelines))
    assert len(found) == PAIRS
    return found


def _strangers(data: Path, pipelines: Pipelines) -> Iterator[tuple[ImageArray, ImageArray]]:
    files = sorted((data / "london").glob("*/neutral.jpg"))[: 4 * PAIRS]
    read = [clip_frames(decode(file.read_bytes()).pixels, 1)[0] for file in files]
    pairs = [(one, two) for one, two in zip(read[::2], read[1::2], strict=True)]
    apart = (pair for pair in pairs if _alike(pipelines, *pair) < THRESHOLDS.same_person_similarity - 2 * ROUNDING)
    yield from (pair for pair, _ in zip(apart, range(PAIRS), strict=False))


def template_of(pipelines: Pipelines, picture: ImageArray) -> Template:
    template = pipelines.image.observe(encode_jpeg(picture, 95), ImageRequest(), lambda _: None).template
    assert template is not None
    return template


def _alike(pipelines: Pipelines, one: ImageArray, other: ImageArray) -> float:
    return template_of(pipelines, one).similarity(template_of(pipelines, other))


def look(pipelines: Pipelines, frames: str, one: ImageArray, two: ImageArray) -> ClipObservation:
    """A clip of 2 s with one frame for each letter: A shows one, B the other."""
    pictures = [{"A": one, "B": two}[letter] for letter in frames]
    clip = make_clip(pictures, time_of=lambda index: 2 * index / len(frames), options={"crf": "16"})
    seen = pipelines.clip.observe(clip, ClipRequest(), lambda _: None)
    assert len(seen.frames) == len(frames)
    return seen


def one_person(seen: ClipObservation) -> bool:
    judge_clip(seen, THRESHOLDS)
    return is_one_person(tuple(frame.similarity for frame in seen.frames if frame.similarity is not None), THRESHOLDS)


@pytest.mark.parametrize("frames", ["AB", "ABB", "AAAB", "AAAA"])
def test_too_few_frames_are_no_clip(
    frames: str, pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]
) -> None:
    for pair in pairs:
        with pytest.raises(VideoFaceNotFoundError):
            one_person(look(pipelines, frames, *pair))


@pytest.mark.parametrize("frames", ["AAAAB", "ABBBB", "AAAAAAAAB", "AAAAAAAABB", "ABABABABAB"])
def test_two_people_are_seen(frames: str, pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]) -> None:
    for pair in pairs:
        assert not one_person(look(pipelines, frames, *pair))


@pytest.mark.parametrize("frames", ["AB", "AAAB", "AAAAAAAAAB", "AAAAABBBBB"])
def test_a_template_is_of_one_person(
    frames: str, pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]
) -> None:
    for one, two in pairs:
        seen = look(pipelines, frames, one, two)
        assert seen.template is not None
        near, far = sorted(
            (seen.template.similarity(template_of(pipelines, face)) for face in (one, two)), reverse=True
        )
        assert near > 1 - 2 * ROUNDING
        assert far < _alike(pipelines, one, two) + ROUNDING


def test_one_stranger_in_ten_is_a_blink_and_stays_out(
    pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]
) -> None:
    one, two = pairs[0]
    dull = np.asarray(cv2.GaussianBlur(two, (0, 0), 1.5), np.uint8)
    seen = look(pipelines, "AAAABAAAAA", one, dull)
    assert one_person(seen)
    assert [frame.similarity is not None and frame.similarity > 1 - 2 * ROUNDING for frame in seen.frames].count(
        False
    ) == 1
    assert seen.template is not None
    assert seen.template.similarity(template_of(pipelines, dull)) < _alike(pipelines, one, dull) + ROUNDING


def test_a_best_frame_of_the_stranger_makes_all_others_strangers(
    pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]
) -> None:
    one, two = pairs[0]
    dull = np.asarray(cv2.GaussianBlur(one, (0, 0), 1.5), np.uint8)
    seen = look(pipelines, "AAAAAAAAAB", dull, two)
    assert seen.frames[-1].similarity == pytest.approx(1, abs=1e-5)
    assert not one_person(seen)
    assert seen.template is not None
    assert seen.template.similarity(template_of(pipelines, dull)) < _alike(pipelines, dull, two) + ROUNDING


@pytest.mark.parametrize("frames", ["AAAAA", "AAAAAAAAAA"])
def test_one_person_passes(frames: str, pipelines: Pipelines, pairs: list[tuple[ImageArray, ImageArray]]) -> None:
    for pair in pairs:
        assert one_person(look(pipelines, frames, *pair))
