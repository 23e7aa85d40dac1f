"""POST /faceid/lite/raw/validate_still: a silent clip, and whether it can be judged."""

from likeness.domain import errors
from likeness.domain.errors import BadArgumentError
from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.validate_still import validate_still
from likeness.wire import responses, schemas
from likeness.wire.fields import VIDEO_LIMIT_BYTES, Field, call_form, switch
from likeness.wire.forms import Form

PREFERENCE = ("none", "still_strict")

FORM = call_form(
    Field("video", "The clip; 1 to 3 s recommended.", required=True, limit_bytes=VIDEO_LIMIT_BYTES),
    Field("liveness_preference", "Other spelling of liveness_preferences.", allowed=PREFERENCE),
    Field("liveness_preferences", "How strictly the clip is judged.", allowed=PREFERENCE, default="none"),
    switch("return_image", "Return the frame that will be compared."),
    switch("return_multifaces_tag", "Accepted; verify answers it."),
)


async def handle(call: Call, form: Form) -> responses.Body:
    """Read the form, capture, answer."""
    spellings = {form.text(name) for name in ("liveness_preference", "liveness_preferences") if form.file(name)}
    if len(spellings) > 1:
        raise BadArgumentError("liveness_preferences")
    result = await validate_still(call, form.file("video"), strict="still_strict" in spellings)
    return responses.captured("token_still", result, return_image=form.is_on("return_image"))


ENDPOINT = Endpoint(
    "/faceid/lite/raw/validate_still",
    "Capture a person from a silent clip",
    frozenset({Permission.STILL}),
    FORM,
    handle,
    (
        errors.VideoFormatError,
        errors.VideoDurationError,
        errors.VideoFaceNotFoundError,
        errors.VideoMultipleFacesError,
        errors.VideoLowFaceQualityError,
    ),
    schemas.STILL,
)
