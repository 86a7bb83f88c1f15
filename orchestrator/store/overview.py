"""What operators read: lists of conversations and customers as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.database import Database
from orchestrator.store.summaries import summaries

Row = Mapping[str, Any]

EXCERPT = 200  # characters

# The page is cut before anything is joined to it, so that a long list costs no more than its page.
ITEMS = """
WITH page AS MATERIALIZED (
    SELECT * FROM conversations WHERE {condition}
    ORDER BY updated_at DESC, id DESC LIMIT $1
)
SELECT p.id, p.channel, p.status, p.owner, p.operator, p.customer_id, cu.name AS customer_name,
    p.created_at, p.updated_at, m.author, m.excerpt, m.at, h.reason, h.priority, h.since
FROM page p JOIN customers cu ON cu.id = p.customer_id
LEFT JOIN LATERAL (
    SELECT author, left(coalesce(left(text, fold), text), {excerpt}) AS excerpt, created_at AS at
    FROM messages
    WHERE conversation_id = p.id ORDER BY seq DESC LIMIT 1) m ON true
LEFT JOIN LATERAL (
    SELECT reason, priority, created_at AS since FROM handoffs
    WHERE conversation_id = p.id AND ended_at IS NULL ORDER BY created_at DESC LIMIT 1) h ON true
ORDER BY p.updated_at DESC, p.id DESC
"""

SUMMED_UP = ("human", "waiting_approval")
"""Statuses in which somebody is to read the case."""

CUSTOMER = """
SELECT id, name, language, tags, created_at,
    (SELECT kept FROM customer_merges WHERE merged = $1 AND undone_at IS NULL) AS merged_into
FROM customers WHERE id = $1
"""
MERGES = """
SELECT id, merged, merged_by, created_at, undone_at FROM customer_merges WHERE kept = $1
ORDER BY created_at DESC LIMIT 100
"""
CONTACTS = """
SELECT id, kind, address, verified_at FROM contacts WHERE customer_id = $1
ORDER BY created_at, id LIMIT 100
"""
FACTS = """
SELECT key, value, trust, conversation_id AS conversation, updated_at FROM customer_facts
WHERE customer_id = $1 ORDER BY updated_at DESC, key LIMIT 500
"""
CONVERSATIONS_OF_ONE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where a page of conversations ended: the activity and id of its last one."""

    updated_at: datetime
    id: UUID


class Overview:
    """Read-only views for operators; every method raises `StoreAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversations(
        self, *, status: str | None, after: Position | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return up to `limit` conversations after a position, newest activity first.

        Those that wait for a human have a summary.
        """
        conditions, arguments = ["true"], list[object]()
        if status is not None:
            arguments.append(status)
            conditions.append(f"status = ${len(arguments) + 1}")
        if after is not None:
            arguments += [after.updated_at, after.id]
            conditions.append(f"(updated_at, id) < (${len(arguments)}, ${len(arguments) + 1})")
        return await self._items(" AND ".join(conditions), limit, *arguments)

    async def conversation(self, conversation_id: UUID) -> dict[str, Any] | None:
        """Return one conversation as the list shows it, with a summary; None when it does not exist."""
        items = await self._items("id = $2", 1, conversation_id)
        if not items:
            return None
        told = await summaries(self._database, [conversation_id])
        return {**items[0], "summary": told.get(conversation_id)}

    async def customer(self, customer_id: UUID) -> dict[str, Any] | None:
        """Return a customer with contacts, merges, facts and newest conversations, None when unknown."""
        row = await self._database.fetchrow(CUSTOMER, customer_id)
        if row is None:
            return None
        contacts = await self._database.fetch(CONTACTS, customer_id)
        merges = await self._database.fetch(MERGES, customer_id)
        facts = await self._database.fetch(FACTS, customer_id)
        conversations = await self._items("customer_id = $2", CONVERSATIONS_OF_ONE, customer_id)
        return {
            **row,
            "contacts": [dict(contact) for contact in contacts],
            "merges": [dict(merge) for merge in merges],
            "facts": [dict(fact) for fact in facts],
            "conversations": conversations,
        }

    async def _items(self, condition: str, limit: int, *arguments: object) -> list[dict[str, Any]]:
        sql = ITEMS.format(condition=condition, excerpt=EXCERPT)
        items = [_item(row) for row in await self._database.fetch(sql, limit, *arguments)]
        waiting = [item["id"] for item in items if item["status"] in SUMMED_UP]
        told = await summaries(self._database, waiting)
        return [{**item, "summary": told.get(item["id"])} for item in items]


def _item(row: Row) -> dict[str, Any]:
    message = {"author": row["author"], "excerpt": row["excerpt"], "at": row["at"]}
    handoff = {"reason": row["reason"], "priority": row["priority"], "since": row["since"]}
    return {
        "id": row["id"],
        "channel": row["channel"],
        "status": row["status"],
        "owner": row["owner"],
        "operator": row["operator"],
        "customer": {"id": row["customer_id"], "name": row["customer_name"]},
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "last_message": message if row["at"] else None,
        "handoff": handoff if row["since"] else None,
    }
