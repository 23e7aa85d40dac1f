"""Somebody who calls the API as an integrator's code does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from likeness.compose import Installation
from likeness.domain.capture import Challenge
from likeness.domain.records import Permission
from tests import material


@dataclass(frozen=True)
class Caller:
    """A key and an HTTP client to use it with."""

    client: httpx.AsyncClient
    installation: Installation
    api_key: str
    api_secret: str

    @classmethod
    def fresh(
        cls, client: httpx.AsyncClient, installation: Installation, *permissions: Permission, **limits: int
    ) -> "Caller":
        made = installation.stores.keys.create("test", permissions or tuple(Permission), **limits)
        return cls(client, installation, made.key.api_key, made.api_secret)

    @property
    def credentials(self) -> dict[str, str]:
        return {"api_key": self.api_key, "api_secret": self.api_secret}

    async def post(
        self, call: str, fields: Mapping[str, str] | None = None, files: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        return await self.client.post(call, data={**self.credentials, **(fields or {})}, files=files)

    async def still(self, video: bytes | None = None, **fields: str) -> httpx.Response:
        return await self.post("validate_still", fields, {"video": material.clip() if video is None else video})

    async def token(self, video: bytes | None = None, **fields: str) -> str:
        answer = await self.still(video, **fields)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token_still"]
        return token

    async def verify(
        self, token: str, references: Mapping[str, bytes] | bytes | None = None, **fields: str
    ) -> httpx.Response:
        """`references` by field, or the one of `image_ref1`; left out, it is the sample's."""
        asked = {"token": token, "comparison_type": "0", "uuid": "user-1", **fields}
        if references is None or isinstance(references, bytes):
            references = {"image_ref1": references or material.reference()}
        return await self.post("verify", asked, references)

    async def digits(self) -> tuple[str, str]:
        """Digits to read aloud, and their token."""
        answer = await self.post("get_random_number")
        assert answer.status_code == 200, answer.text
        return answer.json()["random_number"], answer.json()["token_random_number"]

    def challenge(self, digits: str) -> str:
        """A token for digits of the test's choice."""
        services = self.installation.services
        key = services.keys.authenticate(self.api_key, self.api_secret)
        return services.captures.add(key.id, "1,test", Challenge(digits))

    async def video(self, video: bytes, token: str | None = None, **fields: str) -> httpx.Response:
        """A clip for this token; left out, for digits that it does not say."""
        asked = {"token_random_number": self.challenge("0123") if token is None else token, **fields}
        return await self.post("validate_video", asked, {"video": video})

    async def spoken_token(self, video: bytes, digits: str) -> str:
        """A token of a clip in which these digits were asked for."""
        answer = await self.video(video, self.challenge(digits))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token_video"]
        return token

    async def front(self, selfie: bytes | None = None) -> httpx.Response:
        picture = material.front_selfie() if selfie is None else selfie
        return await self.post("validate_front_face", files={"selfie": picture})

    async def front_token(self, selfie: bytes | None = None) -> str:
        answer = await self.front(selfie)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token_front_face"]
        return token

    async def side(self, selfie: bytes, token: str | None = None) -> httpx.Response:
        """A side selfie after a front one; left out, after the sample's."""
        asked = {"token_front_face": await self.front_token() if token is None else token}
        return await self.post("validate_side_face", asked, {"selfie": selfie})

    async def side_token(self, front: bytes, side: bytes) -> str:
        answer = await self.side(side, await self.front_token(front))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token_side_face"]
        return token
