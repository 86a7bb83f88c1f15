"""One client's session while its wire is open: what it missed, what happens, what it says, its token."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from channels.chat.chat_frames import Message, clean_text
from channels.chat.gate import Gate
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import (
    Event,
    Lagged,
    Missed,
    Posted,
    ReplyDelta,
    SessionChanged,
    StatusChanged,
)
from orchestrator.conversation.message import Accepted, Inbound, VisitorSession
from orchestrator.errors import SessionUnknown, StoreAway

Show = Callable[[Event], Awaitable[None]]


@dataclass(kw_only=True, slots=True)
class Cursor:
    """Where a client stands: it has seen everything up to `seq`."""

    conversation_id: UUID
    seq: int


async def follow(desk: Desk, listener: AsyncIterable[Event], cursor: Cursor, show: Show) -> None:
    """Show every event after `cursor`, stored ones first; runs until cancelled.

    What `show` raises for `SessionChanged` or `Missed` keeps whatever came later from being shown. The
    listener must be open before this starts: what happens during the replay waits in it.
    """
    show = _Hushed(show)
    await catch_up(desk, cursor, show)
    async for event in listener:
        if isinstance(event, SessionChanged | Missed):
            await show(event)  # first of all: it may be over for this client
        if isinstance(event, Lagged):
            await catch_up(desk, cursor, show)
        elif isinstance(event, Posted | StatusChanged):
            await _show_stored(desk, cursor, event, show)
        elif not isinstance(event, SessionChanged):
            await show(event)


class _Hushed:
    """Lets no piece of the assistant's reply through while it has nothing to say beside a human."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._silent = False

    async def __call__(self, event: Event) -> None:
        if isinstance(event, StatusChanged):
            self._silent = event.silent
        if not (self._silent and isinstance(event, ReplyDelta)):
            await self._show(event)


async def catch_up(desk: Desk, cursor: Cursor, show: Show) -> None:
    """Show what is stored after `cursor` and move it there."""
    for event in await _stored(desk, cursor):
        cursor.seq = event.seq
        await show(event)


async def _stored(desk: Desk, cursor: Cursor) -> list[Posted | StatusChanged]:
    """Read what is stored after `cursor`; the line is fine, so an absence of the store is waited out."""
    while True:
        try:
            return await desk.timeline(cursor.conversation_id, after=cursor.seq, with_customer=True)
        except StoreAway as error:
            await asyncio.sleep(error.retry_after or PAUSE)


async def _show_stored(desk: Desk, cursor: Cursor, event: Posted | StatusChanged, show: Show) -> None:
    if event.seq > cursor.seq + 1:
        # Two replicas' events can overtake each other on their way here; the store knows the order.
        await catch_up(desk, cursor, show)
    if event.seq > cursor.seq:
        cursor.seq = event.seq
        await show(event)


SENT: Final = 64
"""Messages back that are known to be this client's own."""
PAUSE: Final = 1.0


class Visit:
    """A session as one client has it; others may have it too, and one of them may be somebody else."""

    __slots__ = ("_desk", "_sent", "session")

    def __init__(self, desk: Desk, session: VisitorSession) -> None:
        self._desk = desk
        self._sent: deque[str] = deque(maxlen=SENT)
        self.session = session

    def sent(self, key: str) -> None:
        """Note the key of a message that this client sends."""
        self._sent.append(key)

    async def take(self, message: Message, gate: Gate) -> Accepted:
        """Store a message; when this returns it is durable. The same id gives the same answer again.

        Raises RateLimited, TextRefused, and what the desk raises.
        """
        session = self.session
        key = f"{session.id}:{message.uuid}"  # it stays when the session's token is replaced
        self.sent(key)
        gate.limits.session_message(str(session.id))
        inbound = Inbound(
            channel="chat",
            key=key,
            session_id=session.id,
            text=clean_text(message.text, limit=gate.settings.text_chars),
            attachments=message.attachments,
            session=session,
        )
        return await self._desk.accept(inbound)

    async def token_replaced(self, *, waits: bool = True) -> bool:
        """Look whether this client got a new token; raise `SessionUnknown` when its session is over for it.

        Nothing more may be shown before this is known: while the store is away it `waits`, or raises
        `StoreAway`.
        """
        now = await self._current(waits=waits)
        if now is None:
            raise SessionUnknown("The token of this session was replaced.")
        replaced = now.token != self.session.token
        self.session = now
        return replaced

    async def _current(self, *, waits: bool) -> VisitorSession | None:
        while True:
            try:
                return await self._desk.current_session(self.session, sent=self._sent)
            except StoreAway as error:
                if not waits:
                    raise
                await asyncio.sleep(error.retry_after or PAUSE)
