"""POST /faceid/lite/raw/validate_video: a clip in which the digits are read aloud, and whether it can be judged."""

from likeness.domain import errors
from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.validate_video import validate_video
from likeness.wire import responses, schemas
from likeness.wire.fields import VIDEO_LIMIT_BYTES, Field, call_form, switch
from likeness.wire.forms import Form

FORM = call_form(
    Field("token_random_number", "What get_random_number returned with the digits.", required=True),
    Field("video", "The clip, 3 to 6 s with sound.", required=True, limit_bytes=VIDEO_LIMIT_BYTES),
    switch("return_image", "Return the frame that will be compared."),
)


async def handle(call: Call, form: Form) -> responses.Body:
    """Read the form, capture, answer."""
    result = await validate_video(call, form.text("token_random_number"), form.file("video"))
    return responses.captured("token_video", result, return_image=form.is_on("return_image"))


ENDPOINT = Endpoint(
    "/faceid/lite/raw/validate_video",
    "Capture a person from a clip in which they read the digits aloud",
    frozenset({Permission.VIDEO}),
    FORM,
    handle,
    (
        errors.InvalidTokenError,
        errors.VideoFormatError,
        errors.VideoDurationError,
        errors.VideoNoAudioError,
        errors.VideoFaceNotFoundError,
        errors.VideoMultipleFacesError,
        errors.VideoLowFaceQualityError,
    ),
    schemas.VIDEO,
)
