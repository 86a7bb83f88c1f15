"""The queue of replies that a channel has to send."""

from __future__ import annotations

from orchestrator.message import Delivery
from orchestrator.store.alive import gone
from orchestrator.store.database import Database
from orchestrator.store.handover import to_queue

# A delivery in hand is offered again when its sender is gone, or did not finish within two minutes.
CLAIM = f"""
WITH due AS (
    SELECT id FROM deliveries q
    WHERE state IN ('queued', 'sending') AND (available_at <= now() OR state = 'sending' AND {gone("q")})
    ORDER BY available_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE deliveries d SET state = 'sending', attempts = attempts + 1, replica = $1, renewed_at = now(),
    available_at = now() + interval '2 minutes'
FROM due, messages m WHERE d.id = due.id AND m.id = d.message_id
RETURNING d.id, d.message_id, d.conversation_id, d.channel, m.text, d.attempts AS attempt
"""


class DeliveryQueue:
    """Deliveries are rows: claimed, then sent, put back with a due time, or failed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, replica: int, limit: int) -> list[Delivery]:
        """Take up to `limit` due deliveries."""
        return [Delivery(**row) for row in await self._database.fetch(CLAIM, replica, limit)]

    async def sent(self, delivery: Delivery) -> None:
        """Note that the channel took the delivery."""
        await self._database.execute(
            "UPDATE deliveries SET state = 'sent', sent_at = now(), error = NULL WHERE id = $1", delivery.id
        )

    async def again(self, delivery: Delivery, *, seconds: float, error: str) -> None:
        """Put the delivery back for a later try."""
        await self._database.execute(
            "UPDATE deliveries SET state = 'queued', error = $3,"
            " available_at = now() + make_interval(secs => $2) WHERE id = $1 AND attempts = $4",
            delivery.id,
            seconds,
            error,
            delivery.attempt,
        )

    async def failed(self, delivery: Delivery, *, error: str) -> None:
        """Give the delivery up and hand its conversation to a human: nobody's reply is dropped in silence."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE deliveries SET state = 'failed', error = $2 WHERE id = $1", delivery.id, error
            )
            await to_queue(connection, delivery.conversation_id, f"A reply could not be delivered: {error}")
