"""The words in which a verification is answered."""

from dataclasses import dataclass
from enum import StrEnum


class ProcedureValidation(StrEnum):
    """Whether the capture procedure was followed."""

    PASSED = "PASSED"
    VIDEO_SR_ERROR = "VIDEO_SR_ERROR"
    VIDEO_NOT_SYNCHRONIZED = "VIDEO_NOT_SYNCHRONIZED"
    VIDEO_FACE_INCONSISTENT = "VIDEO_FACE_INCONSISTENT"
    SELFIE_METADATA_INCONSISTENT = "SELFIE_METADATA_INCONSISTENT"
    SELFIE_INCONSISTENT = "SELFIE_INCONSISTENT"


class FaceGenuineness(StrEnum):
    """Whether the captured face is a live person's."""

    PASSED = "PASSED"
    MASK = "MASK"
    SCREEN_REPLAY = "SCREEN_REPLAY"
    FACEGEN = "FACEGEN"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One reference against the capture: the cosine similarity, and its confidence on the contract's scale (0-100).

    doubtful: whether the quality of either face made the thresholds stricter.
    """

    similarity: float
    confidence: float
    thresholds: dict[str, float]
    doubtful: bool


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """What validate_still and validate_video answer."""

    token: str
    best_frame: bytes


@dataclass(frozen=True, slots=True)
class ChallengeResult:
    """What get_random_number answers."""

    token: str
    digits: str


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What verify answers; `face_genuineness` and `comparisons` are empty when the procedure was not passed.

    comparisons: by the field of the reference picture. several_faces: None unless asked for.
    several_frame: JPEG of a frame with several faces.
    """

    procedure_validation: ProcedureValidation
    face_genuineness: FaceGenuineness | None
    comparisons: dict[str, Comparison]
    monochrome: bool
    attacked_before: bool
    several_faces: bool | None
    several_frame: bytes | None
