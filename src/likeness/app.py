"""The HTTP application: routes, the answer to anything unknown, and what runs while the server does."""

import asyncio
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from functools import partial
from importlib.metadata import version

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from likeness.compose import Installation
from likeness.domain.errors import ApiNotFoundError
from likeness.endpoints import (
    get_random_number,
    validate_front_face,
    validate_side_face,
    validate_still,
    validate_video,
    verify,
)
from likeness.endpoints.route import Endpoint, new_request_id, serve
from likeness.logs import places
from likeness.wire import responses
from likeness.wire.errors import to_wire
from likeness.wire.openapi import document

log = structlog.get_logger("likeness.server")

ENDPOINTS = (
    validate_still.ENDPOINT,
    get_random_number.ENDPOINT,
    validate_video.ENDPOINT,
    validate_front_face.ENDPOINT,
    validate_side_face.ENDPOINT,
    verify.ENDPOINT,
)


class TidyPath:
    """ASGI middleware that drops the trailing blanks and slash clients in use append to paths."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            scope = {**scope, "path": scope["path"].rstrip(" /") or "/"}
        await self._app(scope, receive, send)


def create_app(installation: Installation) -> ASGIApp:
    """The application over one installation, whose engine runs already; while it serves, expired data goes."""
    openapi = document(ENDPOINTS, version("likeness"))
    routes = [_route(endpoint, installation) for endpoint in ENDPOINTS]
    routes.append(Route("/openapi.json", lambda _: JSONResponse(openapi), methods=["GET"]))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        purging = asyncio.create_task(_purge_on_time(installation))
        try:
            yield
        finally:
            purging.cancel()
            with suppress(asyncio.CancelledError):
                await purging

    handlers = {HTTPException: partial(_not_found, installation.services.clock)}
    return TidyPath(Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan))


def _route(endpoint: Endpoint, installation: Installation) -> Route:
    async def answer(request: Request) -> Response:
        return await serve(endpoint, installation.services, request, installation.upload_timeout_s)

    return Route(endpoint.path, answer, methods=["POST"], name=endpoint.name)


async def _not_found(clock: Callable[[], datetime], _: Request, __: Exception) -> Response:
    """Answer what is no call: nothing is read of it and no record kept, so that scanners cost nothing."""
    wire = to_wire(ApiNotFoundError())
    request_id = new_request_id(clock())
    log.info("not found", request_id=request_id)
    body = responses.failure(wire.message, request_id=request_id, time_used_ms=0, biz_no=None)
    return Response(responses.encode(body), wire.status, media_type="application/json")


async def _purge_on_time(installation: Installation) -> None:
    """Purge what is past its time, now and then again; a failure is logged and tried again."""
    while True:
        try:
            purged = await to_thread(installation.stores.retention.purge, installation.services.clock())
        except Exception as error:  # noqa: BLE001  were this task to end, nothing would ever be removed again
            # By type and place alone: its text may hold what the database was told.
            log.error("purge failed", error=type(error).__name__, at=places(error))  # noqa: TRY400
        else:
            log.info("purged", **asdict(purged))
        await asyncio.sleep(installation.purge_interval_s)
