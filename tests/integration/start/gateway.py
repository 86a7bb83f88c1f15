"""A gateway that speaks docs/protocol.md and answers as a test tells it to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Answer = Callable[["Gateway", web.WebSocketResponse, dict[str, Any]], Awaitable[None]]


@dataclass(kw_only=True, slots=True)
class Gateway:
    """Keeps what clients sent; `answer` is called for each message."""

    answer: Answer
    hellos: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    seq: int = 0
    refuse: int | None = None

    async def ack(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        """Acknowledge a message."""
        self.seq += 1
        await socket.send_json({"type": "ack", "id": message["id"], "seq": self.seq})

    async def reply(self, socket: web.WebSocketResponse, text: str) -> None:
        """Reply with one delta and the message."""
        self.seq += 1
        frame = {"type": "message", "seq": self.seq, "turn": "t", "author": "assistant", "text": text}
        self.history.append(frame)
        await socket.send_json({"type": "delta", "turn": "t", "text": text[:3]})
        await socket.send_json(frame)

    def server(self) -> TestServer:
        """Make the listener; use it as a context manager."""
        app = web.Application()
        app.router.add_get("/chat/ws", self._serve)
        return TestServer(app)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = await socket.receive_json()
        self.hellos.append(hello)
        if self.refuse:
            await socket.close(code=self.refuse)
            return socket
        welcome = {"type": "welcome", "token": "token-1", "conversation": "c", "model": "sandbox"}
        await socket.send_json(welcome | {"seq": self.seq, "status": "open"})
        for frame in self.history:
            if frame["seq"] > hello["after"]:
                await socket.send_json(frame)
        async for received in socket:
            message = received.json()
            self.messages.append(message)
            await self.answer(self, socket, message)
        return socket
