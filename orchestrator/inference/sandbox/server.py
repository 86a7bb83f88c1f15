"""The sandbox model's endpoint on a loopback port."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import structlog
from aiohttp import web

from orchestrator.inference.sandbox.reading import content_text
from orchestrator.inference.sandbox.responder import respond
from orchestrator.inference.sandbox.wire import (
    Answer,
    BadRequest,
    compact,
    error_body,
    models_body,
    read_request,
    tokens,
)

LARGEST_BODY = 16 * 1024 * 1024  # bytes: far more than any model's window
SHUTDOWN_TIMEOUT = 2.0  # seconds

log = structlog.get_logger()


class SandboxServer:
    """An OpenAI-compatible server in this process; each request is answered from its messages alone."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listen on a free port of 127.0.0.1 and return the base URL for a client (`http://…/v1`).

        Raises RuntimeError when already started, OSError when no port can be had.
        """
        if self._runner is not None:
            raise RuntimeError("The sandbox server is already running.")
        runner = web.AppRunner(sandbox_app(), access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT)
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


def sandbox_app() -> web.Application:
    """The endpoint as an aiohttp application."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_errors])
    app.router.add_post("/v1/chat/completions", _complete)
    app.router.add_get("/v1/models", _models)
    return app


@web.middleware
async def _errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Say every error in the provider's shape; nothing of the request is logged."""
    try:
        response: web.StreamResponse = await handler(request)
    except BadRequest as error:
        return _json(error_body(str(error), param=error.param, code=error.code), status=400)
    except web.HTTPException as error:
        return _json(error_body(f"{error.reason}.", code=None), status=error.status)
    except Exception as error:
        log.error("sandbox_failed", error=type(error).__name__)
        body = error_body("The sandbox model failed.", kind="server_error", code="internal_error")
        return _json(body, status=500)
    return response


async def _models(request: web.Request) -> web.Response:
    return _json(models_body(int(time.time())))


async def _complete(request: web.Request) -> web.StreamResponse:
    asked = read_request(await request.read())
    answer = Answer(
        id=f"chatcmpl-{uuid4().hex}",
        created=int(time.time()),
        content=compact(respond(asked.messages)),
        prompt_tokens=sum(tokens(content_text(message.get("content"))) for message in asked.messages),
    )
    if not asked.stream:
        return _json(compact(answer.body()))
    response = web.StreamResponse(
        headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    for event in answer.events(usage=asked.usage):
        await response.write(event)
    await response.write_eof()
    return response


def _json(body: str, *, status: int = 200) -> web.Response:
    return web.Response(text=body, status=status, content_type="application/json")
