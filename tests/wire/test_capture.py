"""What a token stands for: what is kept behind it, and when it is of no more use."""

import base64

from likeness.storage.capture_codec import encode_capture
from tests import material
from tests.caller import Caller

JPEG_START = b"\xff\xd8\xff"


def kept_behind(caller: Caller, token: str) -> bytes:
    """The bytes of a token's capture, as they are sealed."""
    services = caller.installation.services
    key = services.keys.authenticate(caller.api_key, caller.api_secret)
    return encode_capture(services.captures.get(key.id, token))


async def test_no_picture_is_kept_that_verify_does_not_answer(caller: Caller) -> None:
    one, several = await caller.token(return_image="1"), await caller.token(material.accompanied_clip())
    assert JPEG_START not in kept_behind(caller, one)
    shown = (await caller.verify(several, return_multifaces_tag="1")).json()["multifaces_image"]
    kept = kept_behind(caller, several)
    assert kept.endswith(base64.b64decode(shown))
    assert kept.count(JPEG_START) == 1
