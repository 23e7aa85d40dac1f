"""The one table of error strings and HTTP statuses; a domain error finds its row by its class or the nearest base."""

from dataclasses import dataclass
from http import HTTPStatus

from likeness.domain import errors as domain


@dataclass(frozen=True, slots=True)
class WireError:
    """One row of the error table; where the domain error names a field, `:<field>` is appended to the message."""

    status: int
    message: str


TABLE: dict[type[Exception], WireError] = {
    domain.MissingArgumentError: WireError(400, "MISSING_ARGUMENTS"),
    domain.BadArgumentError: WireError(400, "BAD_ARGUMENTS"),
    domain.InvalidTokenError: WireError(400, "INVALID_TOKEN"),
    domain.ImageFormatError: WireError(400, "IMAGE_ERROR_UNSUPPORTED_FORMAT"),
    domain.ImageSizeError: WireError(400, "INVALID_IMAGE_SIZE"),
    domain.NoFaceError: WireError(400, "NO_FACE_FOUND"),
    domain.MultipleFacesError: WireError(400, "MULTIPLE_FACES"),
    domain.FaceBlurredError: WireError(400, "FACE_BLURRED"),
    domain.FacePoorLightError: WireError(400, "FACE_POOR_LIGHT"),
    domain.FaceNotFrontError: WireError(400, "FACE_NOT_FRONT"),
    domain.FaceNotSideError: WireError(400, "FACE_NOT_SIDE"),
    domain.FaceNotProperPositionError: WireError(400, "FACE_NOT_PROPER_POSITION"),
    domain.VideoFormatError: WireError(400, "VIDEO_UNSUPPORTED_FORMAT"),
    domain.VideoDurationError: WireError(400, "VIDEO_INVALID_DURATION"),
    domain.VideoNoAudioError: WireError(400, "VIDEO_NO_AUDIO"),
    domain.VideoFaceNotFoundError: WireError(400, "VIDEO_FACE_NOT_FOUND"),
    domain.VideoMultipleFacesError: WireError(400, "VIDEO_MULTIPLE_FACES"),
    domain.VideoLowFaceQualityError: WireError(400, "VIDEO_LOW_FACE_QUALITY"),
    domain.AuthenticationError: WireError(403, "AUTHENTICATION_ERROR"),
    domain.AuthorizationDeniedError: WireError(403, "AUTHORIZATION_ERROR:Denied"),
    domain.ConcurrencyLimitError: WireError(403, "CONCURRENCY_LIMIT_EXCEEDED"),
    domain.ApiNotFoundError: WireError(404, "API_NOT_FOUND"),
    domain.EntityTooLargeError: WireError(413, "Request Entity Too Large"),
    Exception: WireError(500, "INTERNAL_ERROR"),
}


def to_wire(error: Exception) -> WireError:
    """The status and full message to answer for an error; anything unknown is ours to fix (500)."""
    row = next(TABLE[base] for base in type(error).__mro__ if base in TABLE)
    field = getattr(error, "field", None)
    if field and row.status == HTTPStatus.BAD_REQUEST:
        return WireError(row.status, f"{row.message}:{field}")
    return row
