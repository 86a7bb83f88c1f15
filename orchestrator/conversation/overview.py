"""What operators read: lists of conversations and customers as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from orchestrator.conversation.presence import REACH, reach_words
from orchestrator.memory.summaries import summaries
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


Row = Mapping[str, Any]

EXCERPT = 200  # characters

# The page is cut before anything is joined to it, so that a long list costs no more than its page.
ITEMS = """
WITH page AS MATERIALIZED (
    SELECT * FROM conversations WHERE {condition}
    ORDER BY updated_at DESC, id DESC LIMIT $1
)
SELECT {columns}, h.reason, h.priority, h.since
FROM page p JOIN customers cu ON cu.id = p.customer_id
LEFT JOIN LATERAL ({last}) m ON true LEFT JOIN LATERAL ({address}) a ON true
LEFT JOIN LATERAL (
    SELECT reason, priority, created_at AS since FROM handoffs
    WHERE conversation_id = p.id AND ended_at IS NULL ORDER BY created_at LIMIT 1) h ON true
ORDER BY p.updated_at DESC, p.id DESC
"""

# Since the handoff, whatever the customer wrote meanwhile; whom an operator has taken waits no more.
WAITING = """
WITH waiting AS (
    SELECT c.id AS of, h.reason, h.priority, h.since, c.owner = 'operator' AS taken,
        array_position(ARRAY['urgent', 'high', 'normal', 'low'], coalesce(h.priority, 'normal')) AS rank,
        coalesce(h.since, c.updated_at) AS waits_since
    FROM conversations c LEFT JOIN LATERAL (
        SELECT reason, priority, created_at AS since FROM handoffs
        WHERE conversation_id = c.id AND ended_at IS NULL ORDER BY created_at LIMIT 1) h ON true
    WHERE c.status = 'human'
), page AS MATERIALIZED (
    SELECT * FROM waiting WHERE {condition} ORDER BY taken, rank, waits_since, of LIMIT $1
)
SELECT {columns}, h.reason, h.priority, h.since, h.rank, h.waits_since
FROM page h JOIN conversations p ON p.id = h.of JOIN customers cu ON cu.id = p.customer_id
LEFT JOIN LATERAL ({last}) m ON true LEFT JOIN LATERAL ({address}) a ON true
ORDER BY h.taken, h.rank, h.waits_since, p.id
"""

COLUMNS = f"""p.id, p.channel, p.status, p.owner, p.operator, p.customer_id, cu.name AS customer_name,
    coalesce(a.address, p.reach_address) AS address, coalesce(a.verified, false) AS verified, p.last_seq,
    p.created_at, p.updated_at, m.author, m.excerpt, m.at, {REACH} AS reach"""
LAST = f"""SELECT author, left(coalesce(left(text, fold), text), {EXCERPT}) AS excerpt, created_at AS at
    FROM messages WHERE conversation_id = p.id ORDER BY seq DESC LIMIT 1"""
ADDRESS = """SELECT address, verified_at IS NOT NULL AS verified FROM contacts
    WHERE customer_id = p.customer_id AND kind IN ('email', 'phone')
    ORDER BY verified_at IS NULL, kind, created_at LIMIT 1"""
PARTS = {"columns": COLUMNS, "last": LAST, "address": ADDRESS}

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


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingPlace:
    """Where a page of those that wait for a human ended; `rank` counts from 1, urgent, to 4, low."""

    taken: bool
    rank: int
    since: datetime
    id: UUID

    @classmethod
    def of(cls, item: Row) -> WaitingPlace:
        """Return the place of an item of that list."""
        return cls(
            taken=item["owner"] == "operator", rank=item["rank"], since=item["waits_since"], id=item["id"]
        )

    @classmethod
    def at(cls, place: Any) -> WaitingPlace:
        """Return what `place` stands for; raise ValueError, TypeError or AttributeError for anything else."""
        taken, rank, since, conversation_id = place
        if not isinstance(taken, bool) or not isinstance(rank, int) or not 0 < rank < 10:
            raise ValueError("none of ours")
        return cls(taken=taken, rank=rank, since=datetime.fromisoformat(since), id=UUID(conversation_id))

    def place(self) -> list[Any]:
        """Return it as JSON can carry it."""
        return [self.taken, self.rank, self.since.isoformat(), str(self.id)]


class Overview:
    """Read-only views for operators; every method raises `StoreAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def conversations(
        self, *, status: str | None, after: Position | WaitingPlace | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return up to `limit` conversations after a position, newest activity first.

        Those that wait for a human have a summary. Where only they are asked for (`human`), the most urgent
        come first, then who has waited longest, and whom an operator has already at the end.
        """
        if status == "human":
            return await self._waiting(after if isinstance(after, WaitingPlace) else None, limit)
        conditions, arguments = ["last_seq > 0"], list[object]()
        if status is not None and status in DEFERRED:
            conditions.append(DEFERRED[status])
        elif status is not None:
            arguments.append(status)
            conditions.append(f"status = ${len(arguments) + 1}")
        if isinstance(after, Position):
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

    async def _waiting(self, after: WaitingPlace | None, limit: int) -> list[dict[str, Any]]:
        condition, arguments = "true", list[object]()
        if after is not None:
            condition = "(taken, rank, waits_since, of) > ($2, $3, $4, $5)"
            arguments = [after.taken, after.rank, after.since, after.id]
        return await self._read(WAITING.format(condition=condition, **PARTS), limit, *arguments)

    async def _items(self, condition: str, limit: int, *arguments: object) -> list[dict[str, Any]]:
        return await self._read(ITEMS.format(condition=condition, **PARTS), limit, *arguments)

    async def _read(self, sql: str, limit: int, *arguments: object) -> list[dict[str, Any]]:
        items = [_item(row) for row in await self._database.fetch(sql, limit, *arguments)]
        put_off = await deferred(self._database, [item["id"] for item in items])
        waiting = [i["id"] for i in items if i["status"] in SUMMED_UP or i["id"] in put_off]
        told = await summaries(self._database, waiting)
        return [{**i, "summary": told.get(i["id"]), "deferred": put_off.get(i["id"])} for i in items]


def _item(row: Row) -> dict[str, Any]:
    message = {"author": row["author"], "excerpt": row["excerpt"], "at": row["at"]}
    handoff = {"reason": row["reason"], "priority": row["priority"], "since": row["since"]}
    return {
        "id": row["id"],
        "channel": row["channel"],
        "status": row["status"],
        "owner": row["owner"],
        "operator": row["operator"],
        "customer": {
            "id": row["customer_id"],
            "name": row["customer_name"],
            "address": row["address"],
            "verified": row["verified"],
        },
        "seq": row["last_seq"],
        "reach": row["reach"],
        "reach_words": reach_words(row["reach"], row["channel"]),
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "last_message": message if row["at"] else None,
        "handoff": handoff if row["since"] else None,
        **({"rank": row["rank"], "waits_since": row["waits_since"]} if "rank" in row else {}),
    }
