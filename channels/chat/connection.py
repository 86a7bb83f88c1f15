"""One open chat socket after its hello: reads frames one by one, sends what happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterable

import structlog
from aiohttp import WSMsgType

from channels.chat.errors import ChatError, FrameRefused, RateLimited, TextRefused, TooMany
from channels.chat.feed import Cursor, follow
from channels.chat.frames import Control, Frame, Hello, Message, event_frame, parse_frame
from channels.chat.gate import Gate
from channels.chat.intake import Intake, key_of
from channels.chat.line import Gone, Line
from channels.chat.settings import ChatSettings
from channels.chat.visit import Visit
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Event, Missed, SessionChanged
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import FileUnknown, MessageInvalid, OrchestratorError, SessionEnded, StoreAway

log = structlog.get_logger()

# What a client can do better next time; anything else ends the socket.
_REFUSALS = (RateLimited, TextRefused, MessageInvalid, FileUnknown)


class Connection:
    """One client's talk on one socket. Two tasks: the handler's reads, one more sends events."""

    __slots__ = (
        "_address",
        "_cursor",
        "_desk",
        "_gate",
        "_intake",
        "_line",
        "_next",
        "_own",
        "_read_to",
        "_refused",
        "_settings",
        "_signing_out",
        "_visit",
    )

    def __init__(
        self,
        *,
        desk: Desk,
        settings: ChatSettings,
        gate: Gate,
        intake: Intake,
        line: Line,
        session: VisitorSession,
        hello: Hello,
        address: str | None,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._gate = gate
        self._intake = intake
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
            await self._take(parse_frame(message.data, attachments=self._settings.attachments))
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
        self._visit.sent(key_of(self._visit.session, message))
        accepted = await self._intake.accept(self._visit.session, message)
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
        if self._refused >= self._settings.refusals_before_close:
            raise TooMany("too many refused frames in a row")


def _id(frame: Message | Control) -> str | None:
    return frame.id if isinstance(frame, Message) else None


def _cursor(hello: Hello, session: VisitorSession) -> Cursor:
    # A new session's numbers begin again: what the client saw elsewhere says nothing here.
    resumed = session.resumed or session.token == hello.token
    seen = min(hello.after, session.last_seq) if resumed else 0
    return Cursor(conversation_id=session.conversation_id, seq=seen)
