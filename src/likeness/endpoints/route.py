"""The one wrapper around every call: time, authenticate, limit, parse, call, encode, record, log."""

import time
import uuid
from asyncio import to_thread
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from likeness.domain.errors import AuthorizationDeniedError, LikenessError
from likeness.domain.records import Key, Permission, Record
from likeness.logs import places
from likeness.usecases.context import Call, Evidence, Services
from likeness.wire import responses
from likeness.wire.errors import to_wire
from likeness.wire.fields import BIZ_NO, FormSpec
from likeness.wire.forms import Form, read_form

log = structlog.get_logger("likeness.call")

OK = "OK"
CLIENT_CLOSED_STATUS = 499
"""What a record says of a client that went away before it had sent everything; nginx's convention."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented call: where it is, who may call it, its form, and what it does.

    errors: the domain errors peculiar to the call, for the OpenAPI document.
    answer_schema: JSON Schema of the body's own members on success.
    """

    path: str
    summary: str
    permissions: frozenset[Permission]
    form: FormSpec
    handle: Callable[[Call, Form], Awaitable[responses.Body]]
    errors: tuple[type[LikenessError], ...]
    answer_schema: dict[str, Any]

    @property
    def name(self) -> str:
        """The last segment of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(slots=True)
class _Progress:
    """How far one request has come."""

    request_id: str
    received_at: datetime
    started_s: float
    form: Form
    evidence: Evidence
    key: Key | None = None

    def time_used_ms(self) -> int:
        return round((time.perf_counter() - self.started_s) * 1000)


def new_request_id(now: datetime) -> str:
    """The contract's `"<unix seconds>,<uuid4>"`."""
    return f"{int(now.timestamp())},{uuid.uuid4()}"


async def serve(endpoint: Endpoint, services: Services, request: Request, upload_timeout_s: float) -> Response:
    """Answer one request and leave its record; a call that answered has its record on disk."""
    now = services.clock()
    progress = _Progress(new_request_id(now), now, time.perf_counter(), Form(endpoint.form), Evidence())
    try:
        answer = await _handle(endpoint, services, request, progress, upload_timeout_s)
        status, outcome = 200, OK
    except ClientDisconnect:
        answer, status, outcome = {}, CLIENT_CLOSED_STATUS, "CLIENT_DISCONNECTED"
    except Exception as error:  # noqa: BLE001  every error has a documented answer
        answer, (status, outcome) = {}, _blame(error, progress.request_id)
    body = _envelope(answer, progress, outcome)
    try:
        await to_thread(services.records.add, _record(endpoint, progress, status, outcome, body), _pictures(progress))
    except Exception as error:  # noqa: BLE001  without a record there is no answer
        status, outcome = _blame(error, progress.request_id)
        body = _envelope({}, progress, outcome)
    log.info(
        "call",
        call=endpoint.name,
        request_id=progress.request_id,
        key_id=progress.key.id if progress.key else None,
        status=status,
        outcome=outcome,
        time_used_ms=progress.time_used_ms(),
    )
    return Response(responses.encode(body), status, media_type="application/json")


async def _handle(
    endpoint: Endpoint, services: Services, request: Request, progress: _Progress, upload_timeout_s: float
) -> responses.Body:
    form, content_type = progress.form, request.headers.get("content-type", "")
    form.refuse_announced(request.headers.get("content-length", ""))
    await read_form(form, content_type, request.stream(), upload_timeout_s)
    key = await to_thread(services.keys.authenticate, *form.credentials())
    progress.key = key
    if not key.enabled or key.is_used_up or not endpoint.permissions <= key.permissions:
        raise AuthorizationDeniedError
    async with services.limits.admit(key):
        if key.calls_limit is not None:  # counted here, exactly, so that a call refused as one too many costs nothing
            await to_thread(services.keys.count_call, key.id)
        form.check()
        call = Call(services, key, progress.request_id, progress.received_at, progress.evidence)
        return await endpoint.handle(call, form)


def _blame(error: Exception, request_id: str) -> tuple[int, str]:
    """Status and message of an error; one of ours is logged by type and place alone, as its text may hold data."""
    wire = to_wire(error)
    if wire.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("failed", request_id=request_id, error=type(error).__name__, at=places(error))
    return wire.status, wire.message


def _envelope(answer: responses.Body, progress: _Progress, outcome: str) -> responses.Body:
    biz_no, time_used_ms = progress.form.echo("biz_no"), progress.time_used_ms()
    if outcome == OK:
        return responses.success(answer, request_id=progress.request_id, time_used_ms=time_used_ms, biz_no=biz_no)
    return responses.failure(outcome, request_id=progress.request_id, time_used_ms=time_used_ms, biz_no=biz_no)


def _pictures(progress: _Progress) -> dict[str, bytes]:
    return progress.evidence.pictures if progress.key else {}


def _recorded_biz_no(progress: _Progress) -> str | None:
    """Only one that is valid: a stranger without a key must not be able to fill the database."""
    biz_no = progress.form.echo("biz_no")
    return biz_no if biz_no is not None and len(biz_no) <= (BIZ_NO.max_chars or 0) else None


def _record(endpoint: Endpoint, progress: _Progress, status: int, outcome: str, body: responses.Body) -> Record:
    evidence = progress.evidence
    record = Record(
        request_id=progress.request_id,
        key_id=progress.key.id if progress.key else None,
        call=endpoint.name,
        received_at=progress.received_at,
        time_used_ms=body["time_used"],
        status=status,
        outcome=outcome,
        details=evidence.details,
        response=responses.for_record(body),
    )
    return replace(
        record,
        biz_no=_recorded_biz_no(progress),
        uuid=evidence.uuid,
        procedure_validation=evidence.procedure_validation,
        face_genuineness=evidence.face_genuineness,
        attacked=evidence.attacked,
    )
