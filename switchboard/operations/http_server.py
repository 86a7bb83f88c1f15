"""What every HTTP answer has: a request id, JSON errors, and no word of our insides.

app = web.Application(middlewares=[errors_as_json])
app.on_response_prepare.append(add_headers)
app.add_routes([*health_routes(readiness), metrics_route(metrics)])
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import structlog
import uuid_utils.compat
from aiohttp import web
from aiohttp.typedefs import Handler

log = structlog.get_logger(__name__)

REQUEST_ID = web.RequestKey("request_id", str)
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
SLUGS = {400: "bad_request", 413: "too_large", 429: "too_many"}


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its id; turn unknown paths, wrong methods and bugs into JSON errors."""
    request[REQUEST_ID] = _request_id(request)
    with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400 or error.content_type == "application/json":
                raise  # redirects, and errors that a handler has already worded
            return _refusal(error)
        except (asyncio.CancelledError, ConnectionResetError):
            raise  # the client went away: nobody is left to answer
        except Exception:
            log.exception("http request failed", method=request.method, route=_route(request))
            return error_response(500, "internal", "Something went wrong on our side.")


async def add_headers(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Send the request id back, and keep browsers from guessing content types."""
    if isinstance(request, web.Request) and REQUEST_ID in request:
        response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


def error_response(
    status: int,
    code: str,
    message: str,
    *,
    retry_after: float | None = None,
    details: Mapping[str, Any] = MappingProxyType({}),
) -> web.Response:
    """Make the JSON error of docs/protocol.md; `retry_after` is seconds and goes into the header too.

    `details`, plain JSON, stand beside the code and the message.
    """
    error: dict[str, Any] = {**details, "code": code, "message": message}
    headers: dict[str, str] = {}
    if retry_after is not None:
        error["retry_after"] = retry_after
        headers["Retry-After"] = str(math.ceil(retry_after))
    return web.json_response({"error": error}, status=status, headers=headers)


def _request_id(request: web.Request) -> str:
    given = request.headers.get("X-Request-Id", "")
    return given if GIVEN_ID.fullmatch(given) else str(uuid_utils.compat.uuid7())


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"


def _refusal(error: web.HTTPException) -> web.Response:
    status = HTTPStatus(error.status)
    code = SLUGS.get(error.status, status.phrase.lower().replace(" ", "_").replace("-", "_"))
    response = error_response(error.status, code, f"{status.phrase}.")
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response
