"""POST /faceid/lite/raw/validate_front_face: the first of two selfies, from the front."""

from likeness.domain import errors
from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.validate_front_face import validate_front_face
from likeness.wire import responses, schemas
from likeness.wire.fields import IMAGE_LIMIT_BYTES, Field, call_form
from likeness.wire.forms import Form

FORM = call_form(Field("selfie", "The face from the front.", required=True, limit_bytes=IMAGE_LIMIT_BYTES))


async def handle(call: Call, form: Form) -> responses.Body:
    """Read the form, judge, answer."""
    return {"token_front_face": await validate_front_face(call, form.file("selfie"))}


ENDPOINT = Endpoint(
    "/faceid/lite/raw/validate_front_face",
    "Take a selfie from the front, the first of two",
    frozenset({Permission.SELFIE}),
    FORM,
    handle,
    (
        errors.ImageFormatError,
        errors.ImageSizeError,
        errors.NoFaceError,
        errors.MultipleFacesError,
        errors.FaceBlurredError,
        errors.FacePoorLightError,
        errors.FaceNotFrontError,
        errors.FaceNotProperPositionError,
    ),
    schemas.FRONT_FACE,
)
