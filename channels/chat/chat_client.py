"""One open chat socket after its hello: reads frames one by one, sends what happens, in bounds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable, Coroutine
from typing import Any

import structlog
from aiohttp import WSMsgType, web

from channels.chat.chat_frames import (
    Control,
    Frame,
    Hello,
    Message,
    encode,
    error_frame,
    event_frame,
    parse_frame,
)
from channels.chat.errors import ChatError, FrameRefused, RateLimited, TextRefused, TooMany, wire_of
from channels.chat.gate import Gate
from channels.chat.visit import Cursor, Visit, follow
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Event, Missed, SessionChanged
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import FileUnknown, MessageInvalid, OrchestratorError, SessionEnded, StoreAway

log = structlog.get_logger()


class Gone(Exception):
    """The client is no longer there, or takes nothing any more."""


class Line:
    """Sends frames on one socket; a client that takes nothing for `timeout` seconds is cut off."""

    __slots__ = ("_leaving", "_reason", "_timeout", "_told_when", "_transport", "ws")

    def __init__(
        self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, *, timeout: float
    ) -> None:
        self.ws = ws
        self._transport = transport
        self._timeout = timeout
        self._leaving = asyncio.timeout(None)
        self._reason: ChatError | OrchestratorError | None = None
        self._told_when = False

    async def serve(self, conversation: Coroutine[Any, Any, None]) -> None:
        """Run the conversation; when it fails, or `leave` asks for it, close the socket and say why.

        The close is made here, by the task that reads: only so is the client's own close frame awaited
        (RFC 6455 section 7.1.1), and no client sees a broken line instead of the reason.
        """
        try:
            async with self._leaving:
                await conversation
        except Gone:
            self._reason = ChatError("The client is gone.")
        except (ChatError, OrchestratorError) as error:
            await self._refuse(error)
        except TimeoutError:
            await self.close(self._reason or ChatError("Something went wrong on our side."))

    async def _refuse(self, error: ChatError | OrchestratorError) -> None:
        """Close, and say before when to come back where that is known."""
        if error.retry_after is not None and not self._told_when:
            with contextlib.suppress(Gone):
                await self.send_error(error)
        await self.close(error)

    def leave(self, reason: ChatError | OrchestratorError) -> None:
        """End the conversation from outside, at the next moment it waits."""
        if self._reason is None:
            self._reason = reason
            self._leaving.reschedule(asyncio.get_running_loop().time())

    async def send(self, frame: dict[str, Any]) -> None:
        """Send one frame; raises Gone."""
        try:
            async with asyncio.timeout(self._timeout):
                await self.ws.send_str(encode(frame))
        except (TimeoutError, ConnectionError):
            self.cut()
            raise Gone from None

    async def send_error(self, error: ChatError | OrchestratorError, *, refers_to: str | None = None) -> None:
        """Send an error frame; `refers_to` names the message that was refused. Raises Gone."""
        self._told_when = error.retry_after is not None
        await self.send(
            error_frame(error.code, error.message, retry_after=error.retry_after, refers_to=refers_to)
        )

    async def close(self, error: ChatError | OrchestratorError) -> None:
        """Close with the error's code and its reason, of which at most 123 bytes fit (RFC 6455 5.5)."""
        self._reason = error
        reason = f"{error.code}: {error.message}".encode()[:123].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(self._timeout):
                await self.ws.close(code=wire_of(error).close, message=reason)
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Drop the connection without a word, and whatever was still to be sent."""
        if self._transport is not None:
            self._transport.abort()


# What a client can do better next time; anything else ends the socket.
_REFUSALS = (RateLimited, TextRefused, MessageInvalid, FileUnknown)


class ChatClient:
    """One client's talk on one socket. Two tasks: the handler's reads, one more sends events."""

    __slots__ = (
        "_address",
        "_cursor",
        "_desk",
        "_gate",
        "_line",
        "_next",
        "_own",
        "_read_to",
        "_refused",
        "_signing_out",
        "_visit",
    )

    def __init__(
        self,
        *,
        desk: Desk,
        gate: Gate,
        line: Line,
        session: VisitorSession,
        hello: Hello,
        address: str | None,
    ) -> None:
        self._desk = desk
        self._gate = gate
        self._line = line
        self._visit = Visit(desk, session)
        self._next: VisitorSession | None = None
        self._signing_out = False
        self._own = hello.history
        self._address = address
        self._cursor = _cursor(hello, session)
        self._read_to = 0
        self._refused = 0

    async def run(self) -> VisitorSession | None:
        """Talk until the socket closes, or the client signs out: then return the session that follows.

        Raises ChatError for what must close the socket, Gone when it is gone.
        """
        async with self._desk.listen(self._visit.session.conversation_id) as listener:
            await self._welcome()
            sender = asyncio.create_task(self._send_events(listener))
            try:
                await self._read()
            finally:
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
        return self._next

    async def _welcome(self) -> None:
        session = self._visit.session
        await self._line.send(
            {
                "type": "welcome",
                "token": session.token,
                "conversation": str(session.conversation_id),
                "model": self._desk.model,
                "status": session.status,
                "seq": session.last_seq,
                **({} if session.assistant is None else {"assistant": session.assistant}),
            }
        )

    async def _send_events(self, listener: AsyncIterable[Event]) -> None:
        try:
            await follow(self._desk, listener, self._cursor, self._show)
        except Gone:
            return
        except OrchestratorError as error:
            await self._give_up(error)
        except Exception:
            log.exception("chat events failed")
            await self._give_up(ChatError("Something went wrong on our side."))

    async def _give_up(self, error: ChatError | OrchestratorError) -> None:
        try:
            await self._line.send_error(error)
        except Gone:
            return
        self._line.leave(error)

    async def _show(self, event: Event) -> None:
        if isinstance(event, SessionChanged | Missed):
            await self._look_again()
            return
        frame = event_frame(event, own=self._own)
        if frame is not None:
            await self._line.send(frame)

    async def _look_again(self) -> None:
        """Send the new token where this client got one; end where the session is over for it."""
        if self._signing_out:
            return
        try:
            replaced = await self._visit.token_replaced()
        except SessionEnded:
            await self._line.send({"type": "signed_out"})
            raise
        if replaced:
            await self._line.send({"type": "token", "token": self._visit.session.token})

    async def _read(self) -> None:
        async for message in self._line.ws:
            if message.type is WSMsgType.BINARY:
                raise FrameRefused("binary frames are not part of this protocol")
            if message.type is not WSMsgType.TEXT:
                return
            await self._take(parse_frame(message.data, attachments=self._gate.settings.attachments))
            if self._next is not None:
                return

    async def _take(self, frame: Frame) -> None:
        if isinstance(frame, Hello):
            raise FrameRefused("a second hello")
        try:
            if isinstance(frame, Message):
                await self._take_message(frame)
            else:
                await self._take_control(frame)
        except StoreAway as error:
            # Not the client's doing: however long the store is away, it costs nobody the socket.
            await self._line.send_error(error, refers_to=_id(frame))
        except _REFUSALS as error:
            await self._refuse(error, frame)
        else:
            self._refused = 0

    async def _take_message(self, message: Message) -> None:
        self._gate.limits.address_message(self._address)
        accepted = await self._visit.take(message, self._gate)
        if not (self._own or accepted.duplicate) and accepted.seq == self._cursor.seq + 1:
            self._cursor.seq = accepted.seq  # its own words: the answer behind them is no gap
        await self._line.send({"type": "ack", "id": message.id, "seq": accepted.seq})

    async def _take_control(self, frame: Control) -> None:
        self._gate.limits.control(str(self._visit.session.id))
        if frame.kind == "ping":
            await self._line.send({"type": "pong"})
        elif frame.kind == "sign_out":
            await self._sign_out()
        elif frame.kind == "read":
            await self._note_read(min(frame.seq, self._cursor.seq))

    async def _sign_out(self) -> None:
        self._signing_out = True
        try:
            self._next = await self._desk.sign_out(self._visit.session)
        finally:
            self._signing_out = self._next is not None

    async def _note_read(self, seq: int) -> None:
        """Note what the customer has seen of what this socket showed; only where it grows."""
        if seq <= self._read_to:
            return
        with contextlib.suppress(StoreAway):  # it only spares the customer a mail: the next one tells it
            await self._desk.read(self._visit.session.conversation_id, seq)
            self._read_to = seq

    async def _refuse(self, error: ChatError | OrchestratorError, frame: Message | Control) -> None:
        self._refused += 1
        await self._line.send_error(error, refers_to=_id(frame))
        if self._refused >= self._gate.settings.refusals_before_close:
            raise TooMany("too many refused frames in a row")


def _id(frame: Message | Control) -> str | None:
    return frame.id if isinstance(frame, Message) else None


def _cursor(hello: Hello, session: VisitorSession) -> Cursor:
    # A new session's numbers begin again: what the client saw elsewhere says nothing here.
    resumed = session.resumed or session.token == hello.token
    seen = min(hello.after, session.last_seq) if resumed else 0
    return Cursor(conversation_id=session.conversation_id, seq=seen)
