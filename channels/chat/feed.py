"""One client's view of a conversation: what it missed, then what happens, without gap or repeat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

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
from orchestrator.errors import StoreAway

PAUSE = 1.0
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
