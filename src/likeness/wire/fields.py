"""How a call's form is described; the same description reads the form and writes the OpenAPI document."""

from collections.abc import Iterator
from dataclasses import dataclass

IMAGE_LIMIT_BYTES = 2 * 1024 * 1024
"""Contract: image over 2 MB is refused."""
VIDEO_LIMIT_BYTES = 20 * 1024 * 1024
"""Contract: video over 20 MB is refused."""
TEXT_LIMIT_BYTES = 64 * 1024
"""Ours: room for all text fields of one call together, and for multipart framing."""


@dataclass(frozen=True, slots=True)
class Field:
    """One form field. `limit_bytes` makes it a file; `allowed` lists the only values a text field may have."""

    name: str
    description: str
    required: bool = False
    limit_bytes: int | None = None
    max_chars: int | None = None
    max_bytes: int | None = None
    allowed: tuple[str, ...] = ()
    default: str | None = None

    @property
    def is_file(self) -> bool:
        """Whether the field is a file rather than text."""
        return self.limit_bytes is not None


@dataclass(frozen=True, slots=True)
class FormSpec:
    """The fields of one call in the contract's table order; of `any_of` at least one must be there."""

    fields: tuple[Field, ...]
    any_of: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def get(self, name: str) -> Field | None:
        """The field of that name, if the call has one."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def limit_bytes(self) -> int:
        """The largest body the call can hold."""
        return TEXT_LIMIT_BYTES + sum(field.limit_bytes or 0 for field in self.fields)


API_KEY = Field("api_key", "The caller's key.", required=True)
API_SECRET = Field("api_secret", "The secret that belongs to the key.", required=True)
BIZ_NO = Field("biz_no", "The caller's own number for this call; returned exactly as sent.", max_chars=128)


def switch(name: str, description: str, default: str = "0") -> Field:
    """A field that is "0" or "1"."""
    return Field(name, description, allowed=("0", "1"), default=default)


def call_form(*fields: Field, any_of: tuple[str, ...] = ()) -> FormSpec:
    """The form of a call: the fields every call has around its own."""
    return FormSpec((API_KEY, API_SECRET, *fields, BIZ_NO), any_of)
