"""The queue of replies that a channel has to send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Delivery
from orchestrator.handover.status import to_queue
from orchestrator.ids import new_id
from orchestrator.store.database import Database
from orchestrator.store.liveness import holds, to_send

# What hangs hangs by the server it goes to: the domain of whoever wrote last is the lane.
QUEUE = """
INSERT INTO deliveries (id, message_id, conversation_id, channel, lane)
SELECT $1, $2, $3, $4, coalesce((
    SELECT lower(split_part(m.from_address, '@', 2)) FROM mails m
    WHERE m.conversation_id = $3 AND m.from_address IS NOT NULL ORDER BY m.received_at DESC LIMIT 1), '')
"""

# One conversation's replies go out in their order, and no lane takes every place ($6 each; $4 and $5 say what
# is being sent). Ranked first and locked then, as rows with a rank can't be locked.
CLAIM = f"""
WITH ranked AS (
    SELECT q.id, q.lane, coalesce(b.count, 0) + row_number() OVER (
        PARTITION BY q.lane ORDER BY q.available_at, q.id) AS place
    FROM deliveries q LEFT JOIN unnest($4::text[], $5::int[]) AS b(lane, count) ON b.lane = q.lane
    WHERE q.state IN ('queued', 'sending') AND {to_send("q")} AND NOT EXISTS (
        SELECT 1 FROM deliveries e JOIN messages before ON before.id = e.message_id
        WHERE e.conversation_id = q.conversation_id AND {holds("e")}
          AND before.seq < (SELECT seq FROM messages WHERE id = q.message_id))
), due AS (
    SELECT q.id FROM deliveries q JOIN ranked r ON r.id = q.id
    WHERE (r.lane = '' OR r.place <= $6) AND {to_send("q")}
    ORDER BY q.available_at LIMIT $2 FOR UPDATE OF q SKIP LOCKED
)
UPDATE deliveries d SET state = 'sending', attempts = attempts + 1, replica = $1, renewed_at = now()
FROM due, messages m WHERE d.id = due.id AND m.id = d.message_id
RETURNING d.id, d.message_id, d.conversation_id, d.channel, m.text, d.attempts AS attempt, d.lane, d.doubts
"""


async def queue_delivery(connection: Any, *, message_id: UUID, conversation_id: UUID, channel: str) -> None:
    """Queue a reply for its channel within the caller's transaction."""
    await connection.execute(QUEUE, new_id(), message_id, conversation_id, channel)


class DeliveryQueue:
    """Deliveries are rows: claimed, then sent, put back with a due time, or failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(
        self,
        replica: int,
        limit: int,
        *,
        held: Sequence[UUID] = (),
        busy: Mapping[str, int] | None = None,
        per_lane: int = 8,
    ) -> list[Delivery]:
        """Take up to `limit` due deliveries, see `Queue.claim`."""
        counts = busy or {}
        rows = await self._database.fetch(
            CLAIM, replica, limit, list(held), list(counts), list(counts.values()), per_lane
        )
        return [Delivery(**row) for row in rows]

    async def renew(self, ids: Sequence[UUID], /, *, replica: int) -> None:
        """Say that these are still being sent."""
        await self._database.execute(
            "UPDATE deliveries SET renewed_at = now()"
            " WHERE id = ANY($1) AND state = 'sending' AND replica = $2",
            list(ids),
            replica,
        )

    async def sent(self, delivery: Delivery) -> None:
        """Note that the channel took the delivery; what came back meanwhile stays so."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE deliveries SET state = 'sent', sent_at = now(), error = NULL"
                " WHERE id = $1 AND state IN ('queued', 'sending')",
                delivery.id,
            )
            await connection.execute(
                "UPDATE sent_mails SET sent_at = now() WHERE delivery_id = $1 AND sent_at IS NULL",
                delivery.id,
            )

    async def again(self, delivery: Delivery, *, seconds: float, error: str, doubt: bool = False) -> None:
        """Put the delivery back for a later try; `doubt` says that it may have arrived."""
        await self._database.execute(
            "UPDATE deliveries SET state = 'queued', error = $3, doubts = doubts + $5,"
            " available_at = now() + make_interval(secs => $2)"
            " WHERE id = $1 AND attempts = $4 AND state = 'sending'",
            delivery.id,
            seconds,
            error[:500],
            delivery.attempt,
            int(doubt),
        )

    async def failed(self, delivery: Delivery, *, error: str) -> None:
        """Give the delivery up and hand its conversation to a human: nobody's reply is dropped in silence."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "UPDATE deliveries SET state = 'failed', error = $2"
                " WHERE id = $1 AND attempts = $3 AND state = 'sending' RETURNING id",
                delivery.id,
                error[:500],
                delivery.attempt,
            )
            if row is not None:
                await to_queue(
                    connection, delivery.conversation_id, f"A reply could not be delivered: {error}"
                )
