"""POST /faceid/lite/raw/verify: judge the liveness result, compare faces, identify attacks."""

from likeness.domain import errors
from likeness.domain.procedure import Preferences
from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.verify import Verification, verify
from likeness.wire import responses, schemas
from likeness.wire.fields import IMAGE_LIMIT_BYTES, Field, call_form, switch
from likeness.wire.forms import Form

REFERENCES = ("image_ref1", "image_ref2", "image_ref3")
PREFERENCES = ("none", "selfie_no_metadata_check", "video_strict")

FORM = call_form(
    Field("token", "What a capture call returned; one that is unknown in any way is INVALID_TOKEN.", required=True),
    Field("comparison_type", '"0": compare with the reference pictures.', required=True, allowed=("0",)),
    Field("uuid", "The user's id in the caller's system.", required=True, max_bytes=512),
    *(Field(name, "A reference picture.", limit_bytes=IMAGE_LIMIT_BYTES) for name in REFERENCES),
    switch("multi_oriented_detection", "Where no face is found, try the picture turned."),
    switch("fail_when_ref_multiple_faces", "Refuse a reference with several faces.", default="1"),
    Field("liveness_preferences", "How the capture is judged.", allowed=PREFERENCES, default="none"),
    switch("return_multifaces_tag", "Tell whether several faces were in the capture."),
    any_of=REFERENCES,
)


async def handle(call: Call, form: Form) -> responses.Body:
    """Read the form, verify, answer."""
    preference = form.text("liveness_preferences")
    asked = Verification(
        token=form.text("token"),
        uuid=form.text("uuid"),
        references={name: form.file(name) for name in REFERENCES if form.file(name)},
        multi_oriented=form.is_on("multi_oriented_detection"),
        fail_when_several=form.is_on("fail_when_ref_multiple_faces"),
        tell_several=form.is_on("return_multifaces_tag"),
        preferences=Preferences(
            video_strict=preference == "video_strict", no_metadata_check=preference == "selfie_no_metadata_check"
        ),
    )
    return responses.verified(await verify(call, asked))


ENDPOINT = Endpoint(
    "/faceid/lite/raw/verify",
    "Judge the capture and compare it with reference pictures",
    frozenset({Permission.COMPARE}),
    FORM,
    handle,
    (
        errors.InvalidTokenError,
        errors.ImageFormatError,
        errors.ImageSizeError,
        errors.NoFaceError,
        errors.MultipleFacesError,
    ),
    schemas.VERIFIED,
)
