"""The server's end of the voice socket (docs/protocol.md), for the page's tests."""

from __future__ import annotations

import array
import asyncio
import json
import math
import sys
import time
import wave
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from tests.support.chat_server import PATIENCE

RATE = 16_000
CHUNK = 1_920
"""Bytes of one piece of reply audio: 60 ms."""


class VoiceLine:
    """Takes calls, remembers what came, and says what it is told."""

    def __init__(self) -> None:
        self.hellos: list[dict[str, Any]] = []
        self.audio = bytearray()
        self.frames: list[tuple[float, int]] = []
        self.controls: list[dict[str, Any]] = []
        self.notice: str | None = None
        self.closes: list[int | None] = []
        self.refuse: deque[tuple[dict[str, Any] | None, int]] = deque()
        self.socket = web.WebSocketResponse()
        self._changed = asyncio.Event()

    def route(self) -> web.RouteDef:
        return web.get("/voice", self.handle)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        self.socket = socket = web.WebSocketResponse(compress=False, timeout=0.2)
        await socket.prepare(request)
        self.hellos.append(await socket.receive_json(timeout=PATIENCE))
        if self.refuse:
            error, code = self.refuse.popleft()
            if error is not None:
                await socket.send_json({"type": "error", **error})
            await socket.close(code=code)
        else:
            ready = {"type": "ready", "rate": RATE, "token": f"t{len(self.hellos)}", "conversation": "c"}
            await socket.send_json(ready if self.notice is None else {**ready, "notice": self.notice})
            await self._listen(socket)
        self.closes.append(socket.close_code)
        self._tell()
        return socket

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        self._tell()
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                self.audio += message.data
                self.frames.append((time.monotonic(), len(message.data)))
            else:
                self.controls.append(json.loads(message.data))
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, holds: Callable[[], bool], patience: float = PATIENCE) -> None:
        """Wait until something holds after a frame; bounded."""
        async with asyncio.timeout(patience):
            while not holds():
                await self._changed.wait()

    @property
    def seconds(self) -> float:
        """How much was heard."""
        return len(self.audio) / 2 / RATE

    @property
    def played(self) -> list[int]:
        return [frame["ms"] for frame in self.controls if frame["type"] == "played"]

    async def tell(self, kind: str, **fields: Any) -> None:
        await self.socket.send_json({"type": kind, **fields})

    async def say(self, text: str, pcm: bytes, *, turn: str = "turn", end: bool = True) -> None:
        """Say a sentence; `end` when the reply is complete with it."""
        await self.tell("reply", turn=turn, text=text)
        for start in range(0, len(pcm), CHUNK):
            await self.socket.send_bytes(pcm[start : start + CHUNK])
        if end:
            await self.tell("audio_end", turn=turn)


def tone(hertz: float, seconds: float, *, rate: int = RATE, amplitude: float = 0.25) -> bytes:
    """Return a sine as PCM16 little-endian."""
    step = 2 * math.pi * hertz / rate
    values = array.array(
        "h", (round(32767 * amplitude * math.sin(step * n)) for n in range(int(rate * seconds)))
    )
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def write_wav(path: Path, pcm: bytes, *, rate: int) -> None:
    """Write PCM16 mono as a WAV file, as Chromium's fake microphone reads it."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)


def rms(pcm: bytes | bytearray) -> float:
    """Return the level of PCM16, full scale being 1."""
    values = array.array("h", bytes(pcm))
    return math.sqrt(sum(value * value for value in values) / max(1, len(values))) / 32768


def crossings(pcm: bytes | bytearray) -> float:
    """Return the frequency (Hz at RATE) of a tone, by how often it rises through zero."""
    values = array.array("h", bytes(pcm))
    rises = [n for n in range(1, len(values)) if values[n - 1] < 0 <= values[n]]
    return (len(rises) - 1) * RATE / (rises[-1] - rises[0])
