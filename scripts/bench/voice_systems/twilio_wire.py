"""Twilio's media stream on aiohttp, for the systems that bring no wire of their own."""

from __future__ import annotations

import asyncio
import audioop
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from socket import socket
from typing import Any

from aiohttp import WSMsgType, web
from voice_job import FRAME

SAMPLE = 2


class Stream:
    """One call's socket; PCM16 at 8 kHz on this side."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self.sid = ""

    async def messages(self) -> Any:
        """Yield (event, message) until the caller is gone; `media` comes with PCM16 in place of a message."""
        async for raw in self.ws:
            if raw.type is not WSMsgType.TEXT:
                continue
            message = json.loads(raw.data)
            event = message["event"]
            if event == "start":
                self.sid = message["streamSid"]
            elif event == "media":
                message = audioop.ulaw2lin(base64.b64decode(message["media"]["payload"]), SAMPLE)
            yield event, message

    async def send(self, pcm: bytes) -> None:
        """Send audio in frames of 20 ms."""
        codes = audioop.lin2ulaw(pcm, SAMPLE)
        for at in range(0, len(codes), FRAME):
            payload = base64.b64encode(codes[at : at + FRAME]).decode()
            await self._send({"event": "media", "streamSid": self.sid, "media": {"payload": payload}})

    async def mark(self, name: str) -> None:
        """Ask to be told when the audio so far was played."""
        await self._send({"event": "mark", "streamSid": self.sid, "mark": {"name": name}})

    async def clear(self) -> None:
        """Drop what was not played."""
        await self._send({"event": "clear", "streamSid": self.sid})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.ws.send_str(json.dumps(message))


Talk = Callable[[Stream], Awaitable[None]]


async def serve(listener: socket, ready: Callable[[], None], talk: Talk) -> None:
    """Carry calls until killed."""

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        with suppress(ConnectionError):  # the caller hung up in the middle of an answer
            await talk(Stream(ws))
        return ws

    app = web.Application()
    app.add_routes([web.get("/voice/twilio", handle)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    ready()
    await asyncio.Event().wait()
