"""Changes of a conversation's status that several rooms make within their own transactions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.ids import new_id

PRIORITIES = ("low", "normal", "high", "urgent")

# One conversation is waited for once: a second wish adds its reason, and can make it more urgent.
AGAIN = """
UPDATE handoffs SET
    priority = CASE WHEN array_position($4::text[], $3::text) > array_position($4::text[], priority)
        THEN $3::text ELSE priority END,
    reason = CASE WHEN strpos(reason, $2) > 0 THEN reason ELSE left(reason || E'\nAlso: ' || $2, 1500) END,
    matter = CASE WHEN $5::text IS NULL OR strpos(matter, $5) > 0 THEN matter
        ELSE left(concat_ws(E'\nAlso: ', matter, $5), 1500) END
WHERE conversation_id = $1 AND ended_at IS NULL RETURNING id
"""


async def want_human(
    connection: Any,
    conversation_id: UUID,
    reason: str,
    *,
    priority: str,
    turn_id: UUID | None = None,
    matter: str | None = None,
) -> None:
    """Note within the caller's transaction that a human is wanted, once while nobody has come.

    `reason` is for operators; `matter` is what the model may read of it, None where that tells too much.
    """
    again = await connection.fetchval(AGAIN, conversation_id, reason, priority, list(PRIORITIES), matter)
    if again is None:
        await connection.execute(
            "INSERT INTO handoffs (id, conversation_id, turn_id, reason, priority, matter)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            new_id(),
            conversation_id,
            turn_id,
            reason,
            priority,
            matter,
        )


async def to_queue(connection: Any, conversation_id: UUID, reason: str, *, priority: str = "high") -> None:
    """Hand a conversation to the queue within the caller's transaction; an operator who has it keeps it."""
    row = await connection.fetchrow(
        "UPDATE conversations SET owner = CASE WHEN owner = 'bot' THEN 'queue' ELSE owner END,"
        " status = 'human', last_seq = last_seq + 1, updated_at = now() WHERE id = $1"
        " RETURNING last_seq, owner",
        conversation_id,
    )
    await connection.execute(
        "INSERT INTO status_changes (conversation_id, seq, status, assistant) VALUES ($1, $2, 'human', $3)",
        conversation_id,
        row["last_seq"],
        "goes_on" if row["owner"] == "queue" else None,
    )
    await want_human(connection, conversation_id, reason[:500], priority=priority)


async def nothing_waits(connection: Any, conversation_id: UUID) -> None:
    """End the status of waiting within the caller's transaction where no action waits any more.

    A conversation that a human has, or is waited for in, stays as it is, and so does a closed one.
    """
    seq = await connection.fetchval(
        "UPDATE conversations SET status = 'open', last_seq = last_seq + 1 WHERE id = $1 AND owner = 'bot'"
        " AND status = 'waiting_approval' AND NOT EXISTS ("
        "  SELECT 1 FROM approvals WHERE conversation_id = $1 AND settled_at IS NULL) RETURNING last_seq",
        conversation_id,
    )
    if seq is not None:
        await connection.execute(
            "INSERT INTO status_changes (conversation_id, seq, status) VALUES ($1, $2, 'open')",
            conversation_id,
            seq,
        )


async def open_again(connection: Any, conversation_id: UUID) -> None:
    """Open a closed conversation within the caller's transaction; an open one stays as it is."""
    seq = await connection.fetchval(
        "UPDATE conversations SET status = 'open', last_seq = last_seq + 1"
        " WHERE id = $1 AND status = 'closed' RETURNING last_seq",
        conversation_id,
    )
    if seq is not None:
        await connection.execute(
            "INSERT INTO status_changes (conversation_id, seq, status) VALUES ($1, $2, 'open')",
            conversation_id,
            seq,
        )
