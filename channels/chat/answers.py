"""Every error as JSON: `{"error":{"code","message","retry_after"?}}`, and the CORS answers around it."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web

from channels.chat.errors import ChatError, wire_of
from channels.chat.gate import Gate
from orchestrator.errors import OrchestratorError

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID, X-File-Name, X-Identity",
    "Access-Control-Max-Age": "600",
}


def answering(handler: Handler, gate: Gate) -> Handler:
    """Wrap a handler so that every failure becomes a JSON error and allowed pages may read the answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = await _safely(handler, request)
        if not response.prepared:
            response.headers.update(gate.cors(request))
            response.headers.setdefault("Cache-Control", "no-store")
            response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    return answer


def preflight(gate: Gate) -> Handler:
    """Return the handler of OPTIONS requests (Fetch, section 3.2.2)."""

    async def allow(request: web.Request) -> web.StreamResponse:
        gate.check_origin(request)
        return web.Response(status=204, headers=_PREFLIGHT)

    return answering(allow, gate)


async def _safely(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except (ChatError, OrchestratorError) as error:
        return error_response(error)
    except web.HTTPException:
        raise
    except ConnectionError:
        # The client left while its body was still being read; nobody is there to be answered.
        return error_response(ChatError("The connection broke off.", code="bad_upload"))
    except Exception:
        log.exception("chat request failed", path=request.path)
        return error_response(ChatError("Something went wrong on our side."))


def error_response(error: ChatError | OrchestratorError) -> web.Response:
    """Return `error` as a JSON answer with its status and, where it says when to come back, Retry-After."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    headers = {}
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return web.json_response({"error": body}, status=wire_of(error).status, headers=headers)
