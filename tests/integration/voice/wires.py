"""A real server with the voice channel and calls that only take notes, and clients for both wires."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
from aiohttp import web

from channels.chat.settings import ChatSettings
from channels.voice.calls.call_parts import CallOpening
from channels.voice.calls.outbox import CallWire
from channels.voice.settings import VoiceSettings
from channels.voice.transports.twilio_webhooks import sign
from channels.voice.voice_channel import VoiceChannel
from tests.support.chat_server import PATIENCE, Clock

SECRET = "0123456789abcdef0123456789abcdef"
CALL_SID = "CA00000000000000000000000000000001"
STREAM_SID = "MZ00000000000000000000000000000001"
CALLER = "+4930123456"

Script = Callable[["NotingCall"], Awaitable[None]]


async def wait_for_the_end(call: NotingCall) -> None:
    await call.gone.wait()


class NotingCall:
    """Says that it is ready, then does what its script says and keeps what it is fed."""

    def __init__(self, wire: CallWire, opening: CallOpening, script: Script) -> None:
        self.wire = wire
        self.opening = opening
        self.heard = bytearray()
        self.digits = ""
        self.reports: list[int] = []
        self.marks: list[str] = []
        self.gone = asyncio.Event()
        self.fed = asyncio.Event()
        self.over = False
        self.ended_by = ""
        self._script = script

    async def run(self) -> None:
        await self.wire.tell({"type": "ready", "rate": self.wire.rate})
        try:
            await self._script(self)
            if self.ended_by == "restarting":
                await self.wire.close(code=1012, reason="restarting")
        finally:
            self.over = True

    def audio(self, pcm: bytes) -> None:
        self.heard += pcm
        self.fed.set()

    def dtmf(self, digit: str) -> None:
        self.digits += digit
        self.fed.set()

    def played(self, ms: int) -> None:
        self.reports.append(ms)
        self.fed.set()

    def marked(self, name: str) -> None:
        self.marks.append(name)
        self.fed.set()

    def hung_up(self) -> None:
        self.end("caller")

    def end(self, reason: str) -> None:
        self.ended_by = self.ended_by or reason
        self.gone.set()

    def part(self, reason: str) -> None:
        self.end(reason)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until what was fed makes something hold."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                self.fed.clear()
                await self.fed.wait()


@dataclass
class Server:
    channel: VoiceChannel
    url: str
    http: aiohttp.ClientSession
    clock: Clock
    calls: list[NotingCall] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def socket(self, path: str = "/voice", **options: Any) -> Socket:
        return Socket(await self.http.ws_connect(f"{self.url}{path}", **options))

    async def caller(self, **hello: Any) -> tuple[Socket, NotingCall]:
        """Return a native client after `ready`, and its call."""
        socket = await self.socket()
        await socket.send({"type": "hello", "rate": 16_000, "token": None, "identity": None, **hello})
        assert (await socket.next())["type"] == "ready"
        return socket, self.calls[-1]

    async def phone(self) -> tuple[Socket, NotingCall]:
        """Return a phone call's stream after its start, and its call."""
        known = len(self.calls)
        socket = await self.stream(await self.token())
        async with asyncio.timeout(PATIENCE):
            while len(self.calls) == known:
                self.begun.clear()
                await self.begun.wait()
        return socket, self.calls[-1]

    async def stream(self, token: str | None, call_sid: str = CALL_SID) -> Socket:
        """Return a stream that said what Twilio says first."""
        socket = await self.socket("/voice/twilio")
        await socket.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        await socket.send(start(token, call_sid))
        return socket

    async def token(self, **fields: str) -> str:
        """Let a call come in and return its start token."""
        status, document = await self.incoming(**fields)
        parameter = ET.fromstring(document).find("Connect/Stream/Parameter")
        assert status == 200
        assert parameter is not None
        return parameter.get("value", "")

    async def incoming(self, **fields: str) -> tuple[int, str]:
        return await self.post("/voice/twilio/incoming", {"From": CALLER, **fields})

    async def post(
        self, path: str, fields: dict[str, str], *, signature: str | None = None, signed_as: str | None = None
    ) -> tuple[int, str]:
        """Post as Twilio does; return status and body."""
        form = {"CallSid": CALL_SID, "To": "+18005551212", "AccountSid": "AC1", **fields}
        url = signed_as or f"{self.url}{path}"
        signature = sign(url, form.items(), secret=SECRET) if signature is None else signature
        headers = {"X-Twilio-Signature": signature}
        async with self.http.post(f"{self.url}{path}", data=form, headers=headers) as response:
            return response.status, await response.text()


def start(token: str | None, call_sid: str = CALL_SID, **changes: Any) -> dict[str, Any]:
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM_SID,
        "start": {
            "accountSid": "AC1",
            "streamSid": STREAM_SID,
            "callSid": call_sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {} if token is None else {"token": token},
            **changes,
        },
    }


def media(codes: bytes, **changes: Any) -> dict[str, Any]:
    payload = base64.b64encode(codes).decode()
    return {"event": "media", "streamSid": STREAM_SID, "media": {"payload": payload, **changes}}


@asynccontextmanager
async def serve(
    script: Script = wait_for_the_end,
    *,
    door: ChatSettings | None = None,
    **settings: Any,
) -> AsyncIterator[Server]:
    """Run the voice channel on a real socket."""
    clock = Clock()
    given = {"close_timeout_s": 0.05, "twilio_auth_token": SECRET, **settings}
    server: Server

    def make_call(wire: CallWire, opening: CallOpening) -> NotingCall:
        call = NotingCall(wire, opening, script)
        server.calls.append(call)
        server.begun.set()
        return call

    channel = VoiceChannel(
        replace(VoiceSettings(), **given), door=door or ChatSettings(), make_call=make_call, clock=clock
    )
    app = web.Application()
    app.add_routes(channel.routes())
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as http:
        server = Server(channel=channel, url=f"http://{host}:{port}", http=http, clock=clock)
        try:
            yield server
        finally:
            await channel.stop()
            await runner.cleanup()


class Socket:
    """A client's end; every wait is bounded."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, frame: object) -> None:
        await self.ws.send_str(json.dumps(frame))

    async def receive(self) -> aiohttp.WSMessage:
        return await self.ws.receive(timeout=PATIENCE)

    async def next(self) -> dict[str, Any]:
        message = await self.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, (message, self.ws.close_code)
        frame = json.loads(message.data)
        assert isinstance(frame, dict)
        return frame

    async def closed(self) -> tuple[int | None, str]:
        """Read on to the close; return its code and reason."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self.ws.receive()
                if message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
                    return self.ws.close_code, str(message.extra or "")
