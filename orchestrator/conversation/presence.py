"""Who is here, and where a customer would get an answer now, as SQL and in words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from orchestrator.store.database import RELAXED, Database
from orchestrator.store.replica import Replica, gone
from orchestrator.worker import Supervised

HERE: Final = f"EXISTS (SELECT 1 FROM presence w WHERE w.conversation_id = p.id AND NOT {gone('w')})"

REACH: Final = f"""CASE WHEN {HERE} THEN 'here'
    WHEN p.channel = 'mail' OR p.reach_address IS NOT NULL OR EXISTS (
        SELECT 1 FROM contacts v WHERE v.customer_id = p.customer_id AND v.kind = 'email'
            AND v.verified_at IS NOT NULL) THEN 'by_mail'
    ELSE 'unreachable' END"""
"""`here`, `by_mail` or `unreachable` for the conversation `p`."""

ARRIVED = f"""
INSERT INTO presence (conversation_id, replica)
SELECT id, $2 FROM conversations WHERE id = ANY($1::uuid[]) AND {RELAXED}
ON CONFLICT (conversation_id, replica) DO UPDATE SET renewed_at = now()
"""
LEFT = f"DELETE FROM presence WHERE conversation_id = ANY($1::uuid[]) AND replica = $2 AND {RELAXED}"


def reach_words(reach: str, channel: str) -> str:
    """Say to an operator where an answer would reach the customer."""
    if reach == "here":
        return "here now"
    if reach == "by_mail":
        return "by mail" if channel == "mail" else "not here: by mail in 2 min"
    return "unreachable: not here, and no address is known"


LINGERS: Final = 5.0
"""Seconds that somebody counts as here after the last of their wires closed: a reload, the next long poll."""
PAUSE: Final = 1.0


class Presence:
    """Follows the conversations that have listeners on this replica, and writes the changes."""

    def __init__(self, database: Database, replica: Replica, *, lingers: float = LINGERS) -> None:
        self._database = database
        self._replica = replica
        self._lingers = lingers
        self._leaving: dict[UUID, asyncio.TimerHandle] = {}
        self._arrived: set[UUID] = set()
        self._left: set[UUID] = set()
        self.part = Supervised("presence", self._write, every=PAUSE, essential=False)
        """Writes what changes; many changes at once are one statement."""

    def came(self, conversation_id: UUID) -> None:
        """Note that somebody opened a conversation, or began it."""
        if (leaving := self._leaving.pop(conversation_id, None)) is not None:
            leaving.cancel()
            return  # it has not been away
        self._left.discard(conversation_id)
        self._arrived.add(conversation_id)
        self.part.wake()

    def went(self, conversation_id: UUID) -> None:
        """Note that nobody has it open any more; it counts a little later."""
        loop = asyncio.get_running_loop()
        self._leaving[conversation_id] = loop.call_later(self._lingers, self._gone, conversation_id)

    def _gone(self, conversation_id: UUID) -> None:
        del self._leaving[conversation_id]
        self._arrived.discard(conversation_id)
        self._left.add(conversation_id)
        self.part.wake()

    def again(self, conversations: Iterable[UUID]) -> None:
        """Write all of them once more: the database may have lost them."""
        self._arrived.update(conversations)
        self.part.wake()

    async def _write(self) -> None:
        arrived, self._arrived = self._arrived, set()
        left, self._left = self._left, set()
        try:
            if arrived:  # a conversation in which nothing was written has no row
                await self._database.execute(ARRIVED, sorted(arrived), self._replica.number)
            if left:
                await self._database.execute(LEFT, sorted(left), self._replica.number)
        except Exception:  # the next round writes them
            self._arrived |= arrived - self._left
            self._left |= left - self._arrived
            raise


async def forget_presence(database: Database) -> None:
    """Delete what replicas that are gone have left; raise `StoreAway`."""
    await database.execute(f"DELETE FROM presence w WHERE {gone('w')}")
