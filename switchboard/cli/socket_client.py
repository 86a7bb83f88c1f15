"""A client of the web chat socket (docs/protocol.md) that survives restarts of the gateway.

Every message keeps its id until it is acknowledged and goes out again after a reconnect; the gateway
takes each id once.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import aiohttp

from switchboard.cli.chat_screen import SANDBOX, Screen
from switchboard.errors import SwitchboardError

Frame = Mapping[str, Any]

GRACE = 2.0  # seconds in which a reply may still follow a status that needs a person
LONGEST_PAUSE = 10.0  # seconds between two attempts to reconnect
HANDSHAKE = aiohttp.ClientTimeout(total=15.0)
ATTEMPTS = 30
LONGEST_FRAME = 1 << 20  # bytes; far more than a gateway sends
REFUSALS = {
    4400: "The gateway did not understand this client; are both of the same version?",
    4401: "That session or identity is not known to the gateway, or no longer.",
    4403: "The gateway refuses chats from here.",
}


class ChatFailed(SwitchboardError):
    """The conversation can't go on."""

    code = "chat_failed"


@dataclass(kw_only=True, slots=True, eq=False)
class SentMessage:
    """A message of ours on its way: `seq` once it is durable, `done` once answered or refused."""

    text: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    seq: int | None = None
    refused: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)


class Conversation:
    """One session with the gateway at `url`: `link` runs as a task while `send` is used.

    `identity` makes an identity token for each hello: without one the session would not be the person's.
    """

    def __init__(
        self, url: str, screen: Screen, *, token: str | None, identity: Callable[[], str] | None
    ) -> None:
        self.token = token
        self._url = f"{url.rstrip('/')}/chat/ws"
        self._screen = screen
        self._identity = identity
        self._seq = 0
        self._waits = False
        self._welcomes = 0
        self._history = 0
        self._replied_at = 0
        self._open: dict[str, SentMessage] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._handlers: Mapping[str, Callable[[Frame], None]] = {
            "ack": self._acknowledged,
            "delta": screen.delta,
            "message": self._replied,
            "status": self._status_changed,
            "error": self._refused,
            "token": self._token_replaced,
        }

    async def send(self, text: str) -> SentMessage:
        """Send one message, now or as soon as the gateway is back; return its handle at once."""
        sent = SentMessage(text=text)
        self._open[sent.id] = sent
        await self._say(sent)
        return sent

    async def link(self) -> NoReturn:
        """Stay connected, over restarts of the gateway too. Raises ChatFailed when it can't be had."""
        failures = 0
        async with aiohttp.ClientSession(timeout=HANDSHAKE) as http:
            while failures < ATTEMPTS:
                before = self._welcomes
                await self._converse(http)
                failures = failures + 1 if self._welcomes == before else 0
                self._screen.notice("The gateway is away; trying again.")
                await asyncio.sleep(random.uniform(0.5, 1.0) * min(LONGEST_PAUSE, 0.5 * 2**failures))
        raise ChatFailed("The gateway did not come back.")

    async def _converse(self, http: aiohttp.ClientSession) -> None:
        """Hold one connection until it ends."""
        try:
            async with http.ws_connect(self._url, heartbeat=30.0, max_msg_size=LONGEST_FRAME) as socket:
                await socket.send_json(self._hello())
                async for message in socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        await self._take(socket, json.loads(message.data))
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if not self._welcomes:
                raise ChatFailed(f"No chat gateway answers at {self._url} ({error}).") from error
        else:
            if socket.close_code in REFUSALS:
                raise ChatFailed(REFUSALS[socket.close_code])
        finally:
            self._socket = None

    def _hello(self) -> Frame:
        identity = self._identity() if self._identity else None
        return {"type": "hello", "token": self.token, "identity": identity, "after": self._seq}

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        if frame["type"] == "welcome":
            await self._welcome(socket, frame)
        elif handler := self._handlers.get(frame["type"]):
            handler(frame)

    async def _welcome(self, socket: aiohttp.ClientWebSocketResponse, frame: Frame) -> None:
        if not self._welcomes:
            self._history = frame.get("seq", 0)
            if frame["model"] == "sandbox":
                self._screen.notice(SANDBOX)
        self._welcomes += 1
        self._waits = _waits(frame)
        self.token = frame["token"]
        self._socket = socket
        for sent in [sent for sent in self._open.values() if sent.seq is None]:
            await self._say(sent)

    def _token_replaced(self, frame: Frame) -> None:
        self.token = frame["token"]

    async def _say(self, sent: SentMessage) -> None:
        if self._socket is None or sent.done.is_set():
            return  # it goes out after the next welcome
        try:
            await self._socket.send_json({"type": "message", "id": sent.id, "text": sent.text})
        except (aiohttp.ClientError, ConnectionError):
            pass  # `link` notices too, and sends it again

    def _acknowledged(self, frame: Frame) -> None:
        if sent := self._open.get(frame["id"]):
            sent.seq = frame["seq"]
            self._finish(self._replied_at)  # a quick reply can be here before its ack
            self._expect_no_more()

    def _seen(self, frame: Frame) -> None:
        """Note what a reconnect need not repeat; an ack says nothing of the events before it."""
        self._seq = max(self._seq, frame["seq"])

    def _replied(self, frame: Frame) -> None:
        self._seen(frame)
        self._replied_at = max(self._replied_at, frame["seq"])
        if frame["seq"] > self._history or self._screen.prompts:
            self._screen.message(frame)  # a script that goes on with a session has read what was before
        self._finish(self._replied_at)

    def _status_changed(self, frame: Frame) -> None:
        self._seen(frame)
        self._waits = _waits(frame)
        self._screen.status(frame["status"], frame.get("assistant"))
        self._expect_no_more()

    def _expect_no_more(self) -> None:
        """Where a person has to act, an answer may take hours: stop waiting for it soon."""
        if self._waits:
            asyncio.get_running_loop().call_later(GRACE, self._finish, 1 << 63)

    def _finish(self, before: int) -> None:
        for sent in [sent for sent in self._open.values() if sent.seq is not None and sent.seq < before]:
            self._open.pop(sent.id).done.set()

    def _refused(self, frame: Frame) -> None:
        self._screen.notice(frame["message"])
        sent = self._open.get(frame.get("id") or "")
        if sent is None:
            return
        if (pause := frame.get("retry_after")) is None:
            sent.refused = True
            self._open.pop(sent.id).done.set()
        else:
            asyncio.get_running_loop().call_later(pause, self._say_later, sent)

    def _say_later(self, sent: SentMessage) -> None:
        task = asyncio.get_running_loop().create_task(self._say(sent))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _waits(frame: Frame) -> bool:
    """Say whether a person has to act before anything is answered."""
    return frame.get("status", "open") != "open" and frame.get("assistant") != "goes_on"
