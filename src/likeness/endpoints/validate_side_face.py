"""POST /faceid/lite/raw/validate_side_face: the second of two selfies, from either side."""

from likeness.domain import errors
from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.validate_side_face import validate_side_face
from likeness.wire import responses, schemas
from likeness.wire.fields import IMAGE_LIMIT_BYTES, Field, call_form
from likeness.wire.forms import Form

FORM = call_form(
    Field("token_front_face", "What validate_front_face returned.", required=True),
    Field("selfie", "The same face turned to either side.", required=True, limit_bytes=IMAGE_LIMIT_BYTES),
)


async def handle(call: Call, form: Form) -> responses.Body:
    """Read the form, judge, answer."""
    token = await validate_side_face(call, form.text("token_front_face"), form.file("selfie"))
    return {"token_side_face": token}


ENDPOINT = Endpoint(
    "/faceid/lite/raw/validate_side_face",
    "Take a selfie from the side, the second of two",
    frozenset({Permission.SELFIE}),
    FORM,
    handle,
    (
        errors.InvalidTokenError,
        errors.ImageFormatError,
        errors.ImageSizeError,
        errors.NoFaceError,
        errors.MultipleFacesError,
        errors.FaceBlurredError,
        errors.FacePoorLightError,
        errors.FaceNotSideError,
        errors.FaceNotProperPositionError,
    ),
    schemas.SIDE_FACE,
)
