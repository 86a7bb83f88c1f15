"""Queues of what is to be sent: rows that are claimed, then sent, put back with a due time, or failed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar
from uuid import UUID

from orchestrator.conversation.message import Delivery, Outgoing
from orchestrator.handover.status import to_queue
from orchestrator.ids import new_id
from orchestrator.store.database import Database
from orchestrator.store.replica import gone

HUNG: Final = "1 hour"
"""Without a sign of life of one piece of work it is somebody else's, even if its replica lives."""
HOLDS: Final = 8
"""Tries of a reply, ten minutes in all, in which it holds the later ones of its conversation."""


def to_send(row: str) -> str:
    """Return a condition that is true for a row (`state`, `available_at`, …) to be sent now.

    $1 is the replica that asks, $3 the ids of what it sends now. What it took and does not send was taken by
    a statement whose answer never came.
    """
    return f"""({row}.id <> ALL($3) AND ({row}.state = 'queued' AND {row}.available_at <= now()
        OR {row}.state = 'sending' AND ({row}.replica = $1 OR {gone(row)}
            OR {row}.renewed_at < now() - interval '{HUNG}')))"""


def ranked(table: str, *, lane: str, before: str) -> str:
    """Return, as the CTE `ranked`, the rows `q` to be sent and their places in their lanes.

    $4 and $5 say what is being sent in each lane. `before` is true where `e` comes before `q`: replies of a
    conversation go out in their order. What may have arrived probably has, and what is refused for long must
    not silence a conversation. Ranked first and locked then, as rows with a rank can't be locked.
    """
    return f"""ranked AS (
    SELECT q.id, {lane} AS lane, coalesce(b.count, 0) + row_number() OVER (
        PARTITION BY {lane} ORDER BY q.available_at, q.id) AS place
    FROM {table} q LEFT JOIN unnest($4::text[], $5::int[]) AS b(lane, count) ON b.lane = {lane}
    WHERE q.state IN ('queued', 'sending') AND {to_send("q")} AND NOT EXISTS (
        SELECT 1 FROM {table} e WHERE e.conversation_id = q.conversation_id
            AND e.state IN ('queued', 'sending') AND e.doubts = 0 AND e.attempts < {HOLDS} AND {before})
)"""


S = TypeVar("S", bound=Outgoing)


class SendQueue(ABC, Generic[S]):
    """One table of what is sent; every method raises `StoreAway`."""

    table: ClassVar[str]
    claim_sql: ClassVar[str]

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
    ) -> Sequence[S]:
        """Take up to `limit` that are due and not `held`, so that no lane has more than `per_lane`.

        `busy` counts what this process sends in each lane now. What this replica took and does not hold is
        due again.
        """
        counts = busy or {}
        async with self._database.transaction() as connection:
            rows = await connection.fetch(
                self.claim_sql, replica, limit, list(held), list(counts), list(counts.values()), per_lane
            )
            return await self._claimed(connection, rows)

    @abstractmethod
    async def _claimed(self, connection: Any, rows: Sequence[Any]) -> Sequence[S]:
        """Return what is to be sent of the rows that were claimed."""

    async def renew(self, ids: Sequence[UUID], /, *, replica: int) -> None:
        """Say that these are still being sent."""
        await self._database.execute(
            f"UPDATE {self.table} SET renewed_at = now()"
            " WHERE id = ANY($1) AND state = 'sending' AND replica = $2",
            list(ids),
            replica,
        )

    @abstractmethod
    async def sent(self, item: S) -> None:
        """Note that the channel took it; repeating that changes nothing."""

    async def again(self, item: S, *, seconds: float, error: str, doubt: bool = False) -> None:
        """Put it back for a later try; `doubt` says that it may have arrived."""
        await self._database.execute(
            f"UPDATE {self.table} SET state = 'queued', error = $3, doubts = doubts + $5,"
            " available_at = now() + make_interval(secs => $2)"
            " WHERE id = $1 AND attempts = $4 AND state = 'sending'",
            item.id,
            seconds,
            error[:500],
            item.attempt,
            int(doubt),
        )

    @abstractmethod
    async def failed(self, item: S, *, error: str) -> None:
        """Give it up: a human gets the conversation, nobody's reply is dropped in silence."""


# What hangs hangs by the server it goes to: the domain of whoever wrote last is the lane.
QUEUE = """
INSERT INTO deliveries (id, message_id, conversation_id, channel, lane)
SELECT $1, $2, $3, $4, coalesce((
    SELECT lower(split_part(m.from_address, '@', 2)) FROM mails m
    WHERE m.conversation_id = $3 AND m.from_address IS NOT NULL ORDER BY m.received_at DESC LIMIT 1), '')
"""
EARLIER = """(SELECT seq FROM messages WHERE id = e.message_id)
    < (SELECT seq FROM messages WHERE id = q.message_id)"""


async def queue_delivery(connection: Any, *, message_id: UUID, conversation_id: UUID, channel: str) -> None:
    """Queue a reply for its channel within the caller's transaction."""
    await connection.execute(QUEUE, new_id(), message_id, conversation_id, channel)


class DeliveryQueue(SendQueue[Delivery]):
    """The queue of replies that a channel has to send."""

    table = "deliveries"
    claim_sql = f"""
WITH {ranked("deliveries", lane="q.lane", before=EARLIER)}, due AS (
    SELECT q.id FROM deliveries q JOIN ranked r ON r.id = q.id
    WHERE (r.lane = '' OR r.place <= $6) AND {to_send("q")}
    ORDER BY q.available_at LIMIT $2 FOR UPDATE OF q SKIP LOCKED
)
UPDATE deliveries d SET state = 'sending', attempts = attempts + 1, replica = $1, renewed_at = now()
FROM due, messages m WHERE d.id = due.id AND m.id = d.message_id
RETURNING d.id, d.message_id, d.conversation_id, d.channel, m.text, d.attempts AS attempt, d.lane, d.doubts
"""

    async def _claimed(self, connection: Any, rows: Sequence[Any]) -> list[Delivery]:
        return [Delivery(**row) for row in rows]

    async def sent(self, item: Delivery) -> None:
        """Note that the channel took the delivery; what came back meanwhile stays so."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE deliveries SET state = 'sent', sent_at = now(), error = NULL"
                " WHERE id = $1 AND state IN ('queued', 'sending')",
                item.id,
            )
            await connection.execute(
                "UPDATE sent_mails SET sent_at = now() WHERE delivery_id = $1 AND sent_at IS NULL", item.id
            )

    async def failed(self, item: Delivery, *, error: str) -> None:
        """Give the delivery up and hand its conversation to a human."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "UPDATE deliveries SET state = 'failed', error = $2"
                " WHERE id = $1 AND attempts = $3 AND state = 'sending' RETURNING id",
                item.id,
                error[:500],
                item.attempt,
            )
            if row is not None:
                await to_queue(connection, item.conversation_id, f"A reply could not be delivered: {error}")
