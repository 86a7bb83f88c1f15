"""Changes of a conversation's status that several rooms make within their own transactions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.ids import new_id


async def to_queue(connection: Any, conversation_id: UUID, reason: str, *, priority: str = "high") -> None:
    """Hand a conversation to the queue within the caller's transaction; an operator who has it keeps it."""
    seq = await connection.fetchval(
        "UPDATE conversations SET owner = CASE WHEN owner = 'bot' THEN 'queue' ELSE owner END,"
        " status = 'human', last_seq = last_seq + 1, updated_at = now() WHERE id = $1 RETURNING last_seq",
        conversation_id,
    )
    await connection.execute(
        "INSERT INTO status_changes (conversation_id, seq, status) VALUES ($1, $2, 'human')",
        conversation_id,
        seq,
    )
    await connection.execute(
        "INSERT INTO handoffs (id, conversation_id, reason, priority) VALUES ($1, $2, $3, $4)",
        new_id(),
        conversation_id,
        reason[:500],
        priority,
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
