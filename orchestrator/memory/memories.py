"""What is remembered of a customer across conversations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.store.database import Database

# A believed turn prefers what was learned from somebody believed, also within its own conversation.
FACTS = """
SELECT DISTINCT ON (key) key, value FROM customer_facts
WHERE customer_id = $1 AND (conversation_id = $2 OR ($3 >= 2 AND trust >= 2))
ORDER BY key, (trust >= least($3, 2)) DESC, updated_at DESC LIMIT 50
"""

# Only what a believed customer wrote, and what was said in answer to it: someone else may have sat at the
# same browser once the proof had run out.
EARLIER = """
SELECT c.id, c.channel, c.updated_at, (
    SELECT jsonb_agg(jsonb_build_object('author', e.author, 'text', left(e.text, 500)) ORDER BY e.seq)
    FROM (
        SELECT author, coalesce(left(text, fold), text) AS text, seq FROM (
            SELECT * FROM messages n WHERE n.conversation_id = c.id ORDER BY n.seq DESC LIMIT 50) m
        WHERE (SELECT a.trust FROM messages a WHERE a.conversation_id = c.id AND a.author = 'customer'
            AND a.seq <= m.seq ORDER BY a.seq DESC LIMIT 1) >= 2
        ORDER BY seq DESC LIMIT $3) e
) AS ending
FROM conversations c
WHERE c.customer_id = $1 AND c.id <> $2
  AND EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.author = 'customer'
    AND m.trust >= 2)
ORDER BY c.updated_at DESC LIMIT $4
"""


class Memories:
    """Facts and earlier conversations; the caller says how far the customer is believed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def facts(self, customer_id: UUID, conversation_id: UUID, *, trust: int) -> dict[str, str]:
        """Return what was remembered in this conversation and, from trust 2 on, what was learned at 2."""
        rows = await self._database.fetch(FACTS, customer_id, conversation_id, trust)
        return {row["key"]: row["value"] for row in rows}

    async def earlier(
        self, customer_id: UUID, conversation_id: UUID, *, messages: int, conversations: int
    ) -> list[dict[str, Any]]:
        """Return the end of the customer's last other conversations: what was said at trust 2 or above."""
        rows = await self._database.fetch(EARLIER, customer_id, conversation_id, messages, conversations)
        return [
            {
                "channel": row["channel"],
                "on": row["updated_at"].date().isoformat(),
                "ending": row["ending"] or [],
            }
            for row in rows
        ]
