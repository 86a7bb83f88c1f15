"""Who is here: told to the database when a conversation is opened and when it was left, not in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from orchestrator.errors import StoreAway
from orchestrator.store.reach import PresenceRows
from orchestrator.store.replica import Replica

LINGERS: Final = 5.0
"""Seconds that somebody counts as here after the last of their wires closed: a reload, the next long poll."""
PAUSE: Final = 1.0


class Presence:
    """Follows the conversations that have listeners on this replica; `run` writes the changes."""

    def __init__(self, rows: PresenceRows, replica: Replica, *, lingers: float = LINGERS) -> None:
        self._rows = rows
        self._replica = replica
        self._lingers = lingers
        self._leaving: dict[UUID, asyncio.TimerHandle] = {}
        self._arrived: set[UUID] = set()
        self._left: set[UUID] = set()
        self._changed = asyncio.Event()

    def came(self, conversation_id: UUID) -> None:
        """Note that somebody opened a conversation, or began it."""
        if (leaving := self._leaving.pop(conversation_id, None)) is not None:
            leaving.cancel()
            return  # it has not been away
        self._left.discard(conversation_id)
        self._arrived.add(conversation_id)
        self._changed.set()

    def went(self, conversation_id: UUID) -> None:
        """Note that nobody has it open any more; it counts a little later."""
        loop = asyncio.get_running_loop()
        self._leaving[conversation_id] = loop.call_later(self._lingers, self._gone, conversation_id)

    def _gone(self, conversation_id: UUID) -> None:
        del self._leaving[conversation_id]
        self._arrived.discard(conversation_id)
        self._left.add(conversation_id)
        self._changed.set()

    def again(self, conversations: Iterable[UUID]) -> None:
        """Write all of them once more: the database may have lost them."""
        self._arrived.update(conversations)
        self._changed.set()

    async def run(self) -> None:
        """Write what changes until cancelled; many changes at once are one statement."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            arrived, self._arrived = self._arrived, set()
            left, self._left = self._left, set()
            try:
                if arrived:
                    await self._rows.arrived(sorted(arrived), self._replica.number)
                if left:
                    await self._rows.left(sorted(left), self._replica.number)
            except Exception as error:
                self._arrived |= arrived - self._left
                self._left |= left - self._arrived
                self._changed.set()
                if not isinstance(error, StoreAway):
                    raise
                await asyncio.sleep(PAUSE)
