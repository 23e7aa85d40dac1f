"""Somebody who calls the API as an integrator's code does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from likeness.compose import Installation
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
