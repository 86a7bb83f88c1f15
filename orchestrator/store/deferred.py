"""Conversations whose messages wait for the provider or the day's budget, as operators see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from orchestrator.store.database import Database

_WAITS = "id IN (SELECT conversation_id FROM turns WHERE state <> 'done' AND waits_for {reason})"
DEFERRED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "deferred": _WAITS.format(reason="IS NOT NULL"),
        "waiting_provider": _WAITS.format(reason="= 'provider'"),
        "waiting_budget": _WAITS.format(reason="= 'budget'"),
    }
)
"""What a list can be narrowed to, beside the statuses, as conditions on a conversation."""

_OF = """
SELECT DISTINCT ON (conversation_id) conversation_id, waits_for, waiting_since, available_at FROM turns
WHERE conversation_id = ANY($1) AND state <> 'done' AND waits_for IS NOT NULL
ORDER BY conversation_id, state DESC
"""


async def deferred(database: Database, conversations: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return what those of the conversations that wait are waiting for, since when, and the next try."""
    if not conversations:
        return {}
    return {
        row["conversation_id"]: {
            "reason": row["waits_for"],
            "since": row["waiting_since"],
            "next_try": row["available_at"],
        }
        for row in await database.fetch(_OF, list(conversations))
    }
