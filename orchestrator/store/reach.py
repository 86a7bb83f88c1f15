"""Where a customer would get an answer now, as SQL and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from orchestrator.store.alive import gone
from orchestrator.store.database import RELAXED, Database

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


class PresenceRows:
    """Which conversations somebody has open, on which replica; one row for as long as it lasts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def arrived(self, conversations: Sequence[UUID], replica: int) -> None:
        """Note that somebody is there; a conversation in which nothing was written has no row."""
        await self._database.execute(ARRIVED, list(conversations), replica)

    async def left(self, conversations: Sequence[UUID], replica: int) -> None:
        """Note that nobody is there any more."""
        await self._database.execute(
            f"DELETE FROM presence WHERE conversation_id = ANY($1::uuid[]) AND replica = $2 AND {RELAXED}",
            list(conversations),
            replica,
        )

    async def forget(self) -> None:
        """Delete what replicas that are gone have left."""
        await self._database.execute(f"DELETE FROM presence w WHERE {gone('w')}")


def reach_words(reach: str, channel: str) -> str:
    """Say to an operator where an answer would reach the customer."""
    if reach == "here":
        return "here now"
    if reach == "by_mail":
        return "by mail" if channel == "mail" else "not here: by mail in 2 min"
    return "unreachable: not here, and no address is known"
