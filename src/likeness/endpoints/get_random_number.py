"""POST /faceid/lite/raw/get_random_number: four digits that are to be read aloud."""

from likeness.domain.records import Permission
from likeness.endpoints.route import Endpoint
from likeness.usecases.context import Call
from likeness.usecases.get_random_number import get_random_number
from likeness.wire import responses, schemas
from likeness.wire.fields import call_form
from likeness.wire.forms import Form

FORM = call_form()


async def handle(call: Call, _: Form) -> responses.Body:
    """Choose, answer."""
    return responses.challenge(await get_random_number(call))


ENDPOINT = Endpoint(
    "/faceid/lite/raw/get_random_number",
    "Ask for four digits that are to be read aloud",
    frozenset({Permission.VIDEO}),
    FORM,
    handle,
    (),
    schemas.RANDOM_NUMBER,
)
