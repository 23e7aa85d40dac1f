"""Each procedure's verdict, at its thresholds and in its order."""

from dataclasses import replace

import numpy as np
import pytest

from likeness.domain.capture import Capture, Procedure, SelfiePair, SpokenAnswer
from likeness.domain.face import Pose, Quality, Template
from likeness.domain.procedure import Preferences, validate_procedure
from likeness.domain.selfie import CrossPose
from likeness.domain.spoken import Heard, Limits, LipSync, Spoken, SpokenThresholds
from likeness.domain.thresholds import shipped_thresholds
from likeness.domain.verdict import ProcedureValidation as Verdict

THRESHOLDS = shipped_thresholds()
SPOKEN = SpokenThresholds(Limits(1.0, 2.0), Limits(0.3, 0.6))
CROSS_POSE = CrossPose("default", 0.9, 0.01, {})
QUALITY = Quality(200, 200, 120, 50, 0.9, 0.98)
POSE = Pose(0, 0, 0)
STILL = Capture(
    Procedure.STILL, Template("default", np.eye(8, dtype=np.float32)[0]), QUALITY, None, (1.0,) * 10, (), {}
)
STRANGERS = (1.0,) * 8 + (0.0,) * 2


def spoken(heard: float, agreement: float) -> Capture:
    said = Spoken(Heard("4071", heard), LipSync(agreement, 0.0))
    return replace(STILL, procedure=Procedure.VIDEO, answer=SpokenAnswer("4071", said))


def selfies(similarity: float, *differences: str) -> Capture:
    pair = SelfiePair(similarity, differences, POSE, POSE, QUALITY, ())
    return replace(STILL, procedure=Procedure.SELFIE, similarities=(), pair=pair)


def verdict(capture: Capture, **preferences: bool) -> Verdict:
    return validate_procedure(capture, Preferences(**preferences), THRESHOLDS, SPOKEN, CROSS_POSE).verdict


def test_a_still_shows_one_person() -> None:
    assert verdict(STILL) is Verdict.PASSED
    assert verdict(replace(STILL, similarities=STRANGERS)) is Verdict.VIDEO_FACE_INCONSISTENT


@pytest.mark.parametrize(
    ("heard", "agreement", "usual", "strict"),
    [
        (2.0, 0.6, Verdict.PASSED, Verdict.PASSED),
        (1.0, 0.6, Verdict.PASSED, Verdict.VIDEO_SR_ERROR),
        (2.0, 0.3, Verdict.PASSED, Verdict.VIDEO_NOT_SYNCHRONIZED),
        (0.9, 0.6, Verdict.VIDEO_SR_ERROR, Verdict.VIDEO_SR_ERROR),
        (2.0, 0.2, Verdict.VIDEO_NOT_SYNCHRONIZED, Verdict.VIDEO_NOT_SYNCHRONIZED),
        (0.9, 0.2, Verdict.VIDEO_SR_ERROR, Verdict.VIDEO_SR_ERROR),
    ],
)
def test_digits_and_lips_at_both_levels(heard: float, agreement: float, usual: Verdict, strict: Verdict) -> None:
    assert verdict(spoken(heard, agreement)) is usual
    assert verdict(spoken(heard, agreement), video_strict=True) is strict
    assert verdict(spoken(heard, agreement), no_metadata_check=True) is usual


def test_a_swapped_face_comes_before_what_it_says() -> None:
    assert verdict(replace(spoken(0, 0), similarities=STRANGERS)) is Verdict.VIDEO_FACE_INCONSISTENT


def test_front_and_side_are_one_person_of_one_camera() -> None:
    assert verdict(selfies(0.9)) is Verdict.PASSED
    assert verdict(selfies(0.89)) is Verdict.SELFIE_INCONSISTENT
    assert verdict(selfies(0.89, "model")) is Verdict.SELFIE_METADATA_INCONSISTENT
    assert verdict(selfies(0.9, "model")) is Verdict.SELFIE_METADATA_INCONSISTENT
    assert verdict(selfies(0.9, "model"), no_metadata_check=True) is Verdict.PASSED
    assert verdict(selfies(0.89, "model"), no_metadata_check=True) is Verdict.SELFIE_INCONSISTENT
    assert verdict(selfies(0.9, "model"), video_strict=True) is Verdict.SELFIE_METADATA_INCONSISTENT


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"normal": {"value": 1}},
        {"normal": {"value": 2}, "strict": {"value": 1}},
        {"normal": {"value": "x"}, "strict": {"value": 1}},
        {"normal": {"value": float("nan")}, "strict": {"value": 1}},
    ],
)
def test_limits_that_make_no_sense_are_refused(entries: dict[str, dict[str, float]]) -> None:
    with pytest.raises(ValueError, match="of spoken digits"):
        Limits.from_dict(entries)
