"""What a token stands for: what is kept behind it, and when it is of no more use."""

import base64
from dataclasses import replace

import httpx

from likeness.app import create_app
from likeness.domain.capture import Capture
from likeness.storage.capture_codec import encode_kept
from tests import material
from tests.caller import Caller

JPEG_START = b"\xff\xd8\xff"


def kept_behind(caller: Caller, token: str) -> bytes:
    """The bytes of a token's capture, as they are sealed."""
    services = caller.installation.services
    key = services.keys.authenticate(caller.api_key, caller.api_secret)
    return encode_kept(services.captures.get(key.id, token, Capture))


async def test_no_picture_is_kept_that_verify_does_not_answer(caller: Caller) -> None:
    one, several = await caller.token(return_image="1"), await caller.token(material.accompanied_clip())
    assert JPEG_START not in kept_behind(caller, one)
    shown = (await caller.verify(several, return_multifaces_tag="1")).json()["multifaces_image"]
    kept = kept_behind(caller, several)
    assert kept.endswith(base64.b64decode(shown))
    assert kept.count(JPEG_START) == 1


async def test_a_capture_of_other_model_files_is_of_no_more_use(caller: Caller) -> None:
    token = await caller.token()
    services = caller.installation.services
    for name in services.model_digests:
        changed = replace(services, model_digests=services.model_digests | {name: "0" * 64})
        transport = httpx.ASGITransport(create_app(replace(caller.installation, services=changed)))
        async with httpx.AsyncClient(transport=transport, base_url=caller.client.base_url) as client:
            answer = await replace(caller, client=client).verify(token)
        assert (answer.status_code, answer.json()["error_message"]) == (400, "INVALID_TOKEN")
    assert (await caller.verify(token)).status_code == 200
