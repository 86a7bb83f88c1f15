"""The sandbox model's endpoint on a loopback port."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import web

from orchestrator.inference.completions import (
    Completion,
    RequestRefused,
    error_body,
    models_body,
    read_request,
)
from orchestrator.inference.rendering import compact
from orchestrator.inference.sandbox.responder import Sandbox

MODEL = "sandbox"
LARGEST_BODY = 16 * 1024 * 1024  # bytes: far more than any model's window
SHUTDOWN_TIMEOUT = 2.0  # seconds

log = structlog.get_logger()


class SandboxServer:
    """An OpenAI-compatible server in this process; each request is answered from its messages alone."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen on a free port of 127.0.0.1 and return the base URL for a client (`http://…/v1`).

        Raises RuntimeError when already started, OSError when no port can be had.
        """
        if self._runner is not None:
            raise RuntimeError("The sandbox server is already running.")
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_errors])
        app.add_routes([web.post("/v1/chat/completions", self._complete), web.get("/v1/models", _models)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
        except BaseException:
            await runner.cleanup()
            raise
        self._runner = runner
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}/v1"

    async def stop(self) -> None:
        """Stop listening; answers under way get two seconds. Safe to call twice."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = read_request(await request.read())
        decided = compact(self._sandbox.respond(asked["messages"]))
        completion = Completion.of(MODEL, asked["messages"], decided)
        if not asked.get("stream"):
            return _json(completion.body())
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for event in completion.events(usage=bool((asked.get("stream_options") or {}).get("include_usage"))):
            await response.write(event)
        await response.write_eof()
        return response


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Say every error in the provider's shape; nothing of the request is logged."""
    try:
        response: web.StreamResponse = await handler(request)
    except RequestRefused as error:
        return _json(error_body(str(error), param=error.param, code="invalid_value"), status=400)
    except web.HTTPException as error:
        return _json(error_body(f"{error.reason}."), status=error.status)
    except Exception as error:
        log.error("sandbox_failed", error=type(error).__name__)
        body = error_body("The sandbox model failed.", kind="server_error", code="internal_error")
        return _json(body, status=500)
    return response


async def _models(request: web.Request) -> web.Response:
    return _json(models_body(MODEL, int(time.time())))


def _json(body: Mapping[str, Any], *, status: int = 200) -> web.Response:
    return web.Response(text=compact(body), status=status, content_type="application/json")
