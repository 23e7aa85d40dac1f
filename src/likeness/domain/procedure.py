"""Whether a person was captured as the procedure asks: one rule for each."""

from dataclasses import asdict, dataclass
from typing import Any

from likeness.domain.capture import Capture, SelfiePair, SpokenAnswer
from likeness.domain.decision import is_one_person
from likeness.domain.selfie import CrossPose
from likeness.domain.spoken import SpokenThresholds
from likeness.domain.thresholds import Thresholds
from likeness.domain.verdict import ProcedureValidation


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a caller of verify may ask for: `video_strict`, `selfie_no_metadata_check`."""

    video_strict: bool = False
    no_metadata_check: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether the procedure was followed, and what that rests on: figures and thresholds by name, for the record."""

    verdict: ProcedureValidation
    grounds: dict[str, Any]


def validate_procedure(
    capture: Capture,
    preferences: Preferences,
    thresholds: Thresholds,
    spoken: SpokenThresholds,
    cross_pose: CrossPose,
) -> Judgement:
    """Whether the capture was made as its procedure asks.

    One person throughout is judged first: a face that is swapped is an attack, and lips and voice of two people say
    nothing of either.
    """
    if capture.pair is not None:
        return _of_selfies(capture.pair, cross_pose, check_metadata=not preferences.no_metadata_check)
    one_person = is_one_person(capture.similarities, thresholds)
    if capture.answer is None:
        verdict = ProcedureValidation.PASSED if one_person else ProcedureValidation.VIDEO_FACE_INCONSISTENT
        return Judgement(verdict, {"one_person": one_person})
    return _of_speech(capture.answer, spoken, one_person=one_person, strict=preferences.video_strict)


def _of_speech(answer: SpokenAnswer, spoken: SpokenThresholds, *, one_person: bool, strict: bool) -> Judgement:
    said, agreement = spoken.said.at(strict=strict), spoken.agreement.at(strict=strict)
    grounds = {
        "one_person": one_person,
        "asked": answer.asked,
        **asdict(answer.spoken),
        "strict": strict,
        "said_threshold": said,
        "agreement_threshold": agreement,
    }
    if not one_person:
        return Judgement(ProcedureValidation.VIDEO_FACE_INCONSISTENT, grounds)
    if answer.spoken.heard.score < said:
        return Judgement(ProcedureValidation.VIDEO_SR_ERROR, grounds)
    if answer.spoken.lip_sync.score < agreement:
        return Judgement(ProcedureValidation.VIDEO_NOT_SYNCHRONIZED, grounds)
    return Judgement(ProcedureValidation.PASSED, grounds)


def _of_selfies(pair: SelfiePair, cross_pose: CrossPose, *, check_metadata: bool) -> Judgement:
    grounds = {**asdict(pair), "metadata_checked": check_metadata, "similarity_threshold": cross_pose.similarity}
    if check_metadata and pair.differences:
        return Judgement(ProcedureValidation.SELFIE_METADATA_INCONSISTENT, grounds)
    if pair.similarity < cross_pose.similarity:
        return Judgement(ProcedureValidation.SELFIE_INCONSISTENT, grounds)
    return Judgement(ProcedureValidation.PASSED, grounds)
