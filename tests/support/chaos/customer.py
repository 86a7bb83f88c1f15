"""A customer whose chat comes back whatever happens: it resumes by token and number, and resends."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

LOST = (aiohttp.ClientError, ConnectionError, TimeoutError)


@dataclass(kw_only=True, slots=True)
class Sent:
    """One message of a customer; `seq` is known once it is acked."""

    id: str
    token: str
    seq: int | None = None
    tries: int = 0
    refused: int = 0

    @property
    def frame(self) -> dict[str, Any]:
        """Return the message as it goes over the wire."""
        return {"type": "message", "id": self.id, "text": f"Please note {self.token} for me."}


@dataclass(kw_only=True, slots=True)
class Heard:
    """What came back, over all connections of one customer."""

    replies: list[dict[str, Any]] = field(default_factory=list)
    deltas: list[dict[str, Any]] = field(default_factory=list)
    typing: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    closes: list[int | None] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    connections: int = 0


class Customer:
    """Writes when told to; `run` keeps a socket open to whatever `where` returns."""

    def __init__(
        self,
        name: str,
        *,
        http: aiohttp.ClientSession,
        where: Callable[[], str],
        dice: random.Random,
    ) -> None:
        self.name = name
        self.sent: dict[str, Sent] = {}
        self.heard = Heard()
        self.token: str | None = None
        self.after = 0
        self._http = http
        self._where = where
        self._dice = dice
        self._ws: aiohttp.ClientWebSocketResponse | None = None
        self._pause = 0.0
        self._later: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Say whether the customer was welcomed on a socket that is still open."""
        return self._ws is not None and not self._ws.closed

    @property
    def answered(self) -> str:
        """Return all that was replied, in the order it came."""
        return "\n".join(reply["text"] for reply in self.heard.replies if reply["author"] == "assistant")

    @property
    def open_messages(self) -> list[Sent]:
        """Return the messages without an ack or without an answer."""
        told = self.answered
        return [each for each in self.sent.values() if each.seq is None or each.token not in told]

    async def run(self) -> None:
        """Stay connected until cancelled."""
        try:
            while True:
                try:
                    await self._connect()
                except LOST:
                    pass  # the gateway is down or went down: come back, as a browser would
                await asyncio.sleep(self._pause + self._dice.uniform(0.05, 0.25))
                self._pause = 0.0
        finally:
            for task in self._later:
                task.cancel()

    async def write(self, count: int = 1) -> list[Sent]:
        """Send new messages at once, now or when the socket is back."""
        new = [self.new() for _ in range(count)]
        for each in new:
            self.sent[each.id] = each
        await self._send(new)
        return new

    def new(self) -> Sent:
        """Make up a message nobody else has written."""
        letters = "".join(self._dice.choices(string.ascii_lowercase, k=12))
        return Sent(id=str(uuid4()), token=f"{self.name}-{len(self.sent) + 1}-{letters}")

    async def _send(self, messages: Iterable[Sent]) -> None:
        try:
            for each in messages:
                if self._ws is not None:
                    each.tries += 1
                    await self._ws.send_json(each.frame)
        except LOST:
            pass  # it is not acked, so it goes again with the next socket

    async def _connect(self) -> None:
        async with self._http.ws_connect(f"{self._where()}/chat/ws") as ws:
            self.heard.connections += 1
            await ws.send_json(self.hello())
            try:
                async for message in ws:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        return
                    await self._take(ws, message.json())
            finally:
                self._ws = None
                self.heard.closes.append(ws.close_code)

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self.token, self._ws = frame["token"], ws
                await self._send([each for each in self.sent.values() if each.seq is None])
            case "ack":
                self._acked(frame)
            case "message":
                self._advance(frame)
                self.heard.replies.append(frame)
            case "status":
                self._advance(frame)
                self.status_changed(str(frame["status"]))
            case "error":
                self._refused(frame)
            case "delta":
                self.heard.deltas.append(frame)
            case "typing":
                self.heard.typing += 1

    def hello(self) -> dict[str, Any]:
        """Return the first frame of a connection."""
        return {"type": "hello", "token": self.token, "after": self.after}

    def status_changed(self, status: str) -> None:
        """Note a status, which in most storms has no reason to change."""
        self.heard.problems.append(f"{self.name}: the status became {status}")

    def _acked(self, frame: dict[str, Any]) -> None:
        message = self.sent[frame["id"]]
        if message.seq not in (None, frame["seq"]):
            self.heard.problems.append(f"{message.token} was acked as {message.seq} and as {frame['seq']}")
        message.seq = frame["seq"]

    def _advance(self, frame: dict[str, Any]) -> None:
        if frame["seq"] <= self.after:
            self.heard.problems.append(f"{self.name}: {frame['seq']} came after {self.after}")
        self.after = frame["seq"]

    def _refused(self, frame: dict[str, Any]) -> None:
        self.heard.errors.append(frame)
        message = self.sent.get(frame.get("id", ""))
        if message is not None:
            message.refused += 1
            task = asyncio.create_task(self._resend(message, frame.get("retry_after", 1.0)))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
        else:
            self._pause = float(frame.get("retry_after", 0.0))

    async def _resend(self, message: Sent, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if message.seq is None:
            await self._send([message])
