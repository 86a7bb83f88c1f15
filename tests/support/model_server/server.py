"""The server itself: a real socket, a queue of behaviours, a record of what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from types import TracebackType

from aiohttp import web

from tests.support.model_server.asked import Asked
from tests.support.model_server.behaviours import Behaviour, answer, status
from tests.support.model_server.responders import Responder, echo


class ModelServer:
    """Answers `POST /v1/chat/completions`.

    Queued behaviours come first, one per request; after them `otherwise` (by default the
    responder's good answer). `queue_for` is the same for one model.
    """

    def __init__(self, *, responder: Responder = echo, keep: bool = True) -> None:
        self.requests: list[Asked] = []
        self.connections = 0
        self.otherwise: Callable[[Asked], Behaviour] = lambda _: answer()
        self.refuses_key = False
        self._responder = responder
        self._keep = keep
        self._queue: deque[Behaviour] = deque()
        self._by_model: dict[str, deque[Behaviour]] = {}
        self._peers: set[object] = set()
        self._runner: web.AppRunner | None = None
        self.url = ""

    def queue(self, *behaviours: Behaviour) -> None:
        """Add behaviours for the next requests."""
        self._queue.extend(behaviours)

    def queue_for(self, model: str, *behaviours: Behaviour) -> None:
        """Add behaviours for the next requests to one model."""
        self._by_model.setdefault(model, deque()).extend(behaviours)

    @property
    def models(self) -> list[str]:
        """The models asked, in order."""
        return [each.model for each in self.requests]

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and return the base URL for a client."""
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self._serve)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port, backlog=1024)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.url = f"http://{host}:{bound}/v1"
        return self.url

    async def stop(self) -> None:
        """Close the socket and end running requests."""
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> ModelServer:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        value = json.loads(body)
        asked = Asked(
            web=request,
            body=value,
            raw=body,
            headers=dict(request.headers),
            at=asyncio.get_running_loop().time(),
            good=self._responder(value.get("messages", [])),
        )
        self._note(asked)
        if self.refuses_key:
            return await status(401, "invalid api key")(asked)
        return await self._behaviour(asked)(asked)

    def _note(self, asked: Asked) -> None:
        if not self._keep:
            return
        self.requests.append(asked)
        transport = asked.web.transport
        if transport not in self._peers:
            self._peers.add(transport)
            self.connections += 1

    def _behaviour(self, asked: Asked) -> Behaviour:
        own = self._by_model.get(asked.model)
        if own:
            return own.popleft()
        return self._queue.popleft() if self._queue else self.otherwise(asked)

    async def _models(self, _: web.Request) -> web.Response:
        if self.refuses_key:
            return web.json_response({"error": {"message": "invalid api key"}}, status=401)
        return web.json_response({"object": "list", "data": [{"id": "test", "object": "model"}]})
