"""A real aiohttp server with the chat on a fake desk, and a client that speaks the socket's frames."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web

from channels.chat.chat_channel import ChatChannel
from channels.chat.page import DemoIdentities, Front
from channels.chat.settings import ChatSettings
from switchboard.settings import ROOT
from tests.support.fake_desk import FakeDesk

PATIENCE = 5.0
SHOP = Front(
    name="Lindenhof Supply", visitors={"ada": "Ada", "bob": "Bob"}, folder=ROOT / "examples/shop/page"
)


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Server:
    desk: FakeDesk
    channel: ChatChannel
    url: str
    http: aiohttp.ClientSession
    clock: Clock

    async def socket(self, **options: Any) -> Socket:
        ws = await self.http.ws_connect(f"{self.url}/chat/ws", **options)
        return Socket(ws)

    async def greeted(self, **hello: Any) -> Socket:
        """Return a socket after its welcome."""
        socket = await self.socket()
        await socket.hello(**hello)
        return socket


@asynccontextmanager
async def serve(
    desk: FakeDesk,
    settings: ChatSettings | None = None,
    *,
    demo: DemoIdentities | None = None,
    more: list[web.RouteDef] | None = None,
    voice: bool = False,
    front: Front | None = None,
    port: int = 0,
) -> AsyncIterator[Server]:
    """Run the chat on a real socket; port 0 picks a free one."""
    clock = Clock()
    # Clients that are not reading any more keep no test waiting.
    settings = replace(settings or ChatSettings(), close_timeout=0.05)
    channel = ChatChannel(
        desk, settings, demo_identities=demo, voice=lambda: voice, front=front or SHOP, clock=clock
    )
    app = web.Application()
    app.add_routes([*channel.routes(), *(more or [])])
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http:
        try:
            yield Server(desk=desk, channel=channel, url=f"http://{host}:{bound}", http=http, clock=clock)
        finally:
            await channel.stop()
            await runner.cleanup()


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds that gives no sign of its own; bounded."""
    for _ in range(int(PATIENCE / 0.002)):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise TimeoutError


class Socket:
    """The client's end: every wait is bounded."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.welcome: dict[str, Any] = {}

    async def hello(self, **fields: Any) -> dict[str, Any]:
        await self.send({"type": "hello", "token": None, "identity": None, "after": 0, **fields})
        self.welcome = await self.next()
        assert self.welcome["type"] == "welcome"
        return self.welcome

    async def send(self, frame: object) -> None:
        await self.ws.send_str(json.dumps(frame))

    async def say(self, text: str, message_id: str | None = None, **more: Any) -> str:
        message_id = message_id or str(uuid4())
        await self.send({"type": "message", "id": message_id, "text": text, **more})
        return message_id

    async def next(self) -> dict[str, Any]:
        message = await self.ws.receive(timeout=PATIENCE)
        assert message.type is aiohttp.WSMsgType.TEXT, (message, self.ws.close_code)
        frame = json.loads(message.data)
        assert isinstance(frame, dict)
        return frame

    async def until(self, kind: str) -> dict[str, Any]:
        """Read on to the next frame of a kind."""
        async with asyncio.timeout(PATIENCE):
            while (frame := await self.next())["type"] != kind:
                pass
        return frame

    async def closed(self) -> tuple[int | None, str]:
        """Read on to the close; return its code and reason."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.ws.receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                    return self.ws.close_code, str(message.extra or "")

    async def close(self) -> None:
        await self.ws.close()
