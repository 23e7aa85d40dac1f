"""Judge a capture and compare it with reference pictures."""

import asyncio
from asyncio import to_thread
from dataclasses import asdict, dataclass

from likeness.domain.capture import Capture, ImageObservation, ImageRequest, Procedure
from likeness.domain.confidence import Calibration
from likeness.domain.decision import is_monochrome, judge_reference
from likeness.domain.errors import AuthorizationDeniedError, ImageError, InvalidTokenError
from likeness.domain.face import Quality, Template
from likeness.domain.procedure import Preferences, validate_procedure
from likeness.domain.records import Permission
from likeness.domain.verdict import Comparison, FaceGenuineness, ProcedureValidation, VerifyResult
from likeness.usecases import pictures
from likeness.usecases.context import Call, Services


@dataclass(frozen=True, slots=True)
class Verification:
    """What verify is asked. references: encoded pictures by form field, in order."""

    token: str
    uuid: str
    references: dict[str, bytes]
    multi_oriented: bool
    fail_when_several: bool
    tell_several: bool
    preferences: Preferences


ATTACKS = frozenset({ProcedureValidation.VIDEO_FACE_INCONSISTENT})
"""What a procedure that was not followed is remembered as an attack for; a digit misread is none."""


async def verify(call: Call, asked: Verification) -> VerifyResult:
    """Judge the capture behind the token; compare it where the procedure was passed.

    Raises:
        InvalidTokenError: no capture of this key, pack and model files behind the token.
        AuthorizationDeniedError: the key may not use the token's procedure.
        ImageError: what is wrong with the first bad reference, its field named.
        ConcurrencyLimitError, EngineError, StorageError: the server could not judge it.
    """
    services, evidence = call.services, call.evidence
    evidence.uuid = asked.uuid
    capture = await to_thread(services.captures.get, call.key.id, asked.token, Capture)
    if Permission(capture.procedure.value) not in call.key.permissions:
        raise AuthorizationDeniedError
    if not _is_of_these_models(capture, services):
        raise InvalidTokenError
    evidence.details["capture"] = _captured(capture)
    evidence.explain(services)
    references = await _judge_references(call, asked)

    procedure = _judge_procedure(call, capture, asked.preferences)
    passed = procedure is ProcedureValidation.PASSED
    genuineness = _judge_genuineness(call, capture, asked.preferences) if passed else None
    comparisons = _compare(capture, references, services.calibration) if passed else {}
    attacked_before = await to_thread(services.records.was_attacked, call.key.id, asked.uuid, call.received_at)

    evidence.procedure_validation = procedure.value
    evidence.face_genuineness = genuineness.value if genuineness else None
    evidence.attacked = procedure in ATTACKS or (passed and genuineness is not FaceGenuineness.PASSED)
    evidence.details["comparisons"] = {field: asdict(comparison) for field, comparison in comparisons.items()}
    several = capture.several_frame is not None
    return VerifyResult(
        procedure,
        genuineness,
        comparisons,
        any(is_monochrome(it.observation, services.thresholds) for it in references.values()),
        attacked_before,
        several if asked.tell_several else None,
        capture.several_frame,
    )


def _judge_procedure(call: Call, capture: Capture, preferences: Preferences) -> ProcedureValidation:
    services = call.services
    judgement = validate_procedure(
        capture, preferences, services.thresholds, services.spoken_thresholds, services.cross_pose
    )
    call.evidence.details["procedure"] = judgement.grounds
    return judgement.verdict


def _judge_genuineness(call: Call, capture: Capture, preferences: Preferences) -> FaceGenuineness:
    services = call.services
    strict = capture.strict or (capture.procedure is Procedure.VIDEO and preferences.video_strict)
    level = services.genuineness_level.one_up() if strict else services.genuineness_level
    verdict, judged = services.genuineness_thresholds.judge(capture.genuineness, level)
    call.evidence.details["genuineness"] = {"level": level.value, "detectors": [asdict(it) for it in judged]}
    return verdict


def _is_of_these_models(capture: Capture, services: Services) -> bool:
    """Templates are comparable only when the same weights made them, fed alike; a pack may get others of its name."""
    return capture.template.pack == services.pack and capture.model_digests == services.model_digests


@dataclass(frozen=True, slots=True, eq=False)
class _Reference:
    observation: ImageObservation
    template: Template
    quality: Quality


async def _judge_references(call: Call, asked: Verification) -> dict[str, _Reference]:
    """Look at all references at once, judge them in their order: the first bad one is blamed."""
    request = ImageRequest(asked.multi_oriented)
    outcomes = await asyncio.gather(
        *(call.services.engine.observe_image(data, request) for data in asked.references.values()),
        return_exceptions=True,
    )
    references: dict[str, _Reference] = {}
    seen = call.evidence.details.setdefault("references", {})
    for field, outcome in zip(asked.references, outcomes, strict=True):
        try:
            if isinstance(outcome, BaseException):
                raise outcome
            call.evidence.pictures[field] = asked.references[field]
            seen[field] = pictures.seen(outcome)
            template, quality = judge_reference(outcome, fail_when_several=asked.fail_when_several)
        except ImageError as error:
            raise error.in_field(field) from None
        references[field] = _Reference(outcome, template, quality)
    return references


def _compare(capture: Capture, references: dict[str, _Reference], calibration: Calibration) -> dict[str, Comparison]:
    compared: dict[str, Comparison] = {}
    for field, reference in references.items():
        similarity = capture.template.similarity(reference.template)
        doubtful = calibration.is_doubtful(capture.quality, reference.quality)
        thresholds = calibration.thresholds(doubtful=doubtful)
        compared[field] = Comparison(similarity, calibration.confidence(similarity), thresholds, doubtful)
    return compared


def _captured(capture: Capture) -> dict[str, object]:
    """A capture's figures for the record: no picture, no template."""
    return {
        "procedure": capture.procedure.value,
        "strict": capture.strict,
        "quality": asdict(capture.quality),
        "similarities": list(capture.similarities),
        "genuineness": [asdict(score) for score in capture.genuineness],
        "model_digests": capture.model_digests,
    }
