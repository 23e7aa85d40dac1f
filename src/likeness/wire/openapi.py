"""The OpenAPI 3.1 document, written from the same descriptions that read the forms."""

from collections.abc import Iterable
from typing import Any, Protocol

from likeness.domain import errors
from likeness.domain.errors import LikenessError
from likeness.wire.errors import TABLE
from likeness.wire.fields import Field, FormSpec
from likeness.wire.schemas import ENVELOPE, Schema

EVERY_CALL: tuple[type[Exception], ...] = (
    errors.MissingArgumentError,
    errors.BadArgumentError,
    errors.AuthenticationError,
    errors.AuthorizationDeniedError,
    errors.ConcurrencyLimitError,
    errors.ApiNotFoundError,
    errors.EntityTooLargeError,
    Exception,
)
"""What any call may answer."""

FIELD_SUFFIX = "(:.+)?"
"""The form field at fault, where one is named."""


class Documented(Protocol):
    """What the document needs to know of an endpoint."""

    @property
    def path(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def summary(self) -> str: ...  # noqa: D102
    @property
    def form(self) -> FormSpec: ...  # noqa: D102
    @property
    def errors(self) -> tuple[type[LikenessError], ...]: ...  # noqa: D102
    @property
    def answer_schema(self) -> Schema: ...  # noqa: D102


def document(endpoints: Iterable[Documented], version: str) -> dict[str, Any]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Likeness",
            "version": version,
            "description": "Face verification over the FaceID Raw wire protocol: forms in, JSON out.",
        },
        "paths": {endpoint.path: {"post": _operation(endpoint)} for endpoint in endpoints},
    }


def _operation(endpoint: Documented) -> dict[str, Any]:
    schema = {"schema": _form_schema(endpoint.form)}
    content = {"multipart/form-data": schema}
    if not any(field.is_file for field in endpoint.form):
        content["application/x-www-form-urlencoded"] = schema
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "requestBody": {"required": True, "content": content},
        "responses": {"200": _response("Success", _success_schema(endpoint.answer_schema)), **_failures(endpoint)},
    }


def _form_schema(form: FormSpec) -> Schema:
    schema: Schema = {
        "type": "object",
        "required": [field.name for field in form if field.required],
        "properties": {field.name: _field_schema(field) for field in form},
    }
    if form.any_of:
        schema["anyOf"] = [{"required": [name]} for name in form.any_of]
    return schema


def _field_schema(field: Field) -> Schema:
    if field.limit_bytes is not None:
        text = f"{field.description} At most {field.limit_bytes} bytes."
        return {"type": "string", "contentMediaType": "application/octet-stream", "description": text}
    limit = f" At most {field.max_bytes} bytes." if field.max_bytes is not None else ""
    optional = {"enum": list(field.allowed) or None, "default": field.default, "maxLength": field.max_chars}
    return {
        "type": "string",
        "description": field.description + limit,
        **{name: value for name, value in optional.items() if value is not None},
    }


def _success_schema(answer: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["request_id", "time_used", *answer["required"]],
        "properties": {**ENVELOPE, **answer["properties"]},
    }


def _failures(endpoint: Documented) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for error in (*EVERY_CALL, *endpoint.errors):
        row = TABLE[error]
        by_status.setdefault(row.status, []).append(row.message)
    return {
        str(status): _response(" | ".join(messages), _failure_schema(messages))
        for status, messages in sorted(by_status.items())
    }


def _failure_schema(messages: list[str]) -> Schema:
    pattern = f"^({'|'.join(messages)}){FIELD_SUFFIX}$"
    return {
        "type": "object",
        "required": ["error_message", "request_id", "time_used"],
        "properties": {"error_message": {"type": "string", "pattern": pattern}, **ENVELOPE},
    }


def _response(description: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
