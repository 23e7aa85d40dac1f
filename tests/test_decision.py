"""The decisions at their thresholds."""

from itertools import repeat

import numpy as np
import pytest

from likeness.domain.capture import ClipObservation, FrameObservation
from likeness.domain.decision import is_one_person, judge_clip
from likeness.domain.errors import VideoFaceNotFoundError, VideoMultipleFacesError
from likeness.domain.face import Box, Quality, Template
from likeness.domain.thresholds import shipped_thresholds
from likeness.pipeline.clip import SAMPLED_FRAMES

THRESHOLDS = shipped_thresholds()
LEAST = int(THRESHOLDS.min_face_frames)
QUALITY = Quality(200, 200, 120, 50, 0.9, 0.98)
TEMPLATE = Template("default", np.eye(128, dtype=np.float32)[0])
FACE = Box(0, 0, 100, 100)


def clip(with_face: int, without: int = 0, crowded: int = 0) -> ClipObservation:
    """A clip of frames with one face, without any, and with two of one size."""
    faces = [*repeat((FACE,), with_face), *repeat((), without), *repeat((FACE, FACE), crowded)]
    frames = tuple(FrameObservation(0.1 * at, boxes, QUALITY, 1.0, ()) for at, boxes in enumerate(faces))
    return ClipObservation(2.0, 640, 480, frames, TEMPLATE, QUALITY, b"", None, ())


def similarities(strangers: int, frames: int) -> tuple[float, ...]:
    limit = THRESHOLDS.same_person_similarity
    return (*repeat(limit - 0.01, strangers), *repeat(limit, frames - strangers))


@pytest.mark.parametrize("without", [0, SAMPLED_FRAMES - LEAST])
def test_a_clip_needs_a_number_of_frames_with_a_face(without: int) -> None:
    judge_clip(clip(LEAST, without), THRESHOLDS)
    for fewer in range(LEAST):
        with pytest.raises(VideoFaceNotFoundError):
            judge_clip(clip(fewer, without), THRESHOLDS)


def test_a_share_of_crowded_frames_spoils_a_clip() -> None:
    least = round(THRESHOLDS.crowded_share * SAMPLED_FRAMES)
    judge_clip(clip(SAMPLED_FRAMES - least + 1, crowded=least - 1), THRESHOLDS)
    with pytest.raises(VideoMultipleFacesError):
        judge_clip(clip(SAMPLED_FRAMES - least, crowded=least), THRESHOLDS)


@pytest.mark.parametrize("frames", range(2, SAMPLED_FRAMES + 1))
def test_a_stranger_is_tolerated_in_a_full_sample_only(frames: int) -> None:
    assert is_one_person(similarities(0, frames), THRESHOLDS)
    assert is_one_person(similarities(1, frames), THRESHOLDS) == (frames == SAMPLED_FRAMES)
    assert not is_one_person(similarities(2, frames), THRESHOLDS)
