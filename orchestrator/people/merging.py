"""Two customers who are one person: merged by an operator, and taken apart again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.handover.ownership import Conflict
from orchestrator.ids import new_id
from orchestrator.people.person import (
    MERGED_INTO,
    CustomerUnknown,
    MergeUnknown,
    NotVerified,
    lock_addresses,
    lock_customers,
    lock_idle_turns,
    moving,
)
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

OF_ONE = "SELECT id FROM conversations WHERE customer_id = $1 ORDER BY id FOR UPDATE"
STILL_THERE = """
SELECT id FROM conversations WHERE customer_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE
"""

# What belongs to a conversation goes where it goes.
WITH_CONVERSATIONS = (
    "UPDATE customer_facts SET customer_id = $1 WHERE conversation_id = ANY($2)",
    "UPDATE turns SET customer_id = $1 WHERE conversation_id = ANY($2) AND state = 'pending'",
    (
        "UPDATE approvals SET caller = jsonb_set(caller, '{customer_id}', to_jsonb($1::uuid::text))"
        " WHERE conversation_id = ANY($2) AND settled_at IS NULL"
    ),
    "UPDATE conversations SET customer_id = $1 WHERE id = ANY($2)",
)

OWN = ("contacts", "tickets", "callbacks", "actions")
"""Tables whose rows belong to the customer as such; what was moved is remembered by its ids."""

KEEP = """
UPDATE customers SET name = coalesce(name, $2), language = coalesce(language, $3),
    tags = tags || $4::text[]
WHERE id = $1
"""
GIVE_BACK = """
UPDATE customers SET name = CASE WHEN $2 THEN NULL ELSE name END,
    language = CASE WHEN $3 THEN NULL ELSE language END,
    tags = ARRAY(SELECT tag FROM unnest(tags) WITH ORDINALITY AS t(tag, place)
        WHERE tag <> ALL($4::text[]) ORDER BY place)
WHERE id = $1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Merge:
    """A merge of `merged` into `kept`; `undone_at` is None while it stands."""

    id: UUID
    kept: UUID
    merged: UUID
    conversations: tuple[UUID, ...]
    undone_at: datetime | None = None


async def merge_customers(database: Database, kept: UUID, other: UUID, *, operator: str) -> Merge:
    """Move all that is `other`'s to `kept`, in one transaction; raises `StoreAway` as well.

    Raises `CustomerUnknown`, `NotVerified` unless both have a verified contact, `Conflict`, and `Busy` while
    a turn of `other` runs; then nothing was changed.
    """
    if kept == other:
        raise Conflict("A customer can't be merged with themselves.")
    return await moving(database, lambda connection: _merge(connection, kept, other, operator))


async def undo_merge(database: Database, kept: UUID, merge_id: UUID, *, operator: str) -> Merge:
    """Put back what a merge moved, with what its conversations have gained; what began since stays.

    Raises `MergeUnknown`, `Conflict`, `StoreAway`, and `Busy` while a turn of such a conversation runs.
    """
    return await moving(database, lambda connection: _unmerge(connection, kept, merge_id, operator))


async def _merge(connection: Any, kept: UUID, other: UUID, operator: str) -> Merge:
    await lock_addresses(connection, [kept, other])
    conversations = [row["id"] for row in await connection.fetch(OF_ONE, other)]
    rows = await lock_customers(connection, [kept, other])
    await _check(connection, rows, kept, other)
    await lock_idle_turns(connection, conversations)
    moved: dict[str, Any] = {"conversations": conversations}
    await _move_conversations(connection, conversations, kept)
    for table in OWN:
        moved[table] = await _move_all(connection, table, other, kept)
    moved["filled"] = await _fill(connection, rows[kept], rows[other])
    merge = Merge(id=new_id(), kept=kept, merged=other, conversations=tuple(conversations))
    await _keep(connection, merge, moved, operator)
    return merge


async def _check(connection: Any, rows: Mapping[UUID, Any], kept: UUID, other: UUID) -> None:
    for customer_id in (kept, other):
        if customer_id not in rows:
            raise CustomerUnknown("This customer does not exist.")
        if await connection.fetchval(MERGED_INTO, customer_id):
            raise Conflict("This customer was merged into another.")
        verified = "SELECT 1 FROM contacts WHERE customer_id = $1 AND verified_at IS NOT NULL LIMIT 1"
        if not await connection.fetchval(verified, customer_id):
            raise NotVerified("Both customers need a verified contact point to be merged.")


async def _move_conversations(connection: Any, conversations: Sequence[UUID], to: UUID) -> None:
    for statement in WITH_CONVERSATIONS:
        await connection.execute(statement, to, list(conversations))


async def _move_all(connection: Any, table: str, source: UUID, to: UUID) -> list[UUID]:
    rows = await connection.fetch(
        f"UPDATE {table} SET customer_id = $2 WHERE customer_id = $1 RETURNING id", source, to
    )
    return [row["id"] for row in rows]


async def _fill(connection: Any, kept: Any, other: Any) -> dict[str, Any]:
    """Let `kept` have what only `other` has; return what that was, without the values of a person."""
    tags = [tag for tag in other["tags"] if tag not in kept["tags"]]
    await connection.execute(KEEP, kept["id"], other["name"], other["language"], tags)
    return {
        "name": kept["name"] is None and other["name"] is not None,
        "language": kept["language"] is None and other["language"] is not None,
        "tags": tags,
    }


async def _keep(connection: Any, merge: Merge, moved: Mapping[str, Any], operator: str) -> None:
    plain = {
        name: value if isinstance(value, dict) else [str(each) for each in value]
        for name, value in moved.items()
    }
    await connection.execute(
        "INSERT INTO customer_merges (id, kept, merged, moved, merged_by) VALUES ($1, $2, $3, $4, $5)",
        merge.id,
        merge.kept,
        merge.merged,
        plain,
        operator,
    )
    await _audit(connection, "customer.merged", merge, operator, plain)


async def _audit(connection: Any, action: str, merge: Merge, operator: str, moved: Mapping[str, Any]) -> None:
    counts = {name: len(value) for name, value in moved.items() if name != "filled"}
    await note(
        connection,
        actor=f"operator:{operator}",
        action=action,
        subject=f"customer:{merge.kept}",
        after={"merge": merge.id, "merged": merge.merged, **counts},
    )


async def _unmerge(connection: Any, kept: UUID, merge_id: UUID, operator: str) -> Merge:
    row = await connection.fetchrow(
        "SELECT kept, merged, moved, undone_at FROM customer_merges WHERE id = $1 AND kept = $2",
        merge_id,
        kept,
    )
    if row is None:
        raise MergeUnknown("This customer has no such merge.")
    if row["undone_at"] is not None:
        raise Conflict("This merge is undone already.")
    if await connection.fetchval(MERGED_INTO, kept):
        raise Conflict("This customer was merged into another since: undo that first.")
    return await _put_back(connection, merge_id, row, operator)


async def _put_back(connection: Any, merge_id: UUID, row: Any, operator: str) -> Merge:
    kept, merged, moved = row["kept"], row["merged"], row["moved"]
    await lock_addresses(connection, [kept])
    found = await connection.fetch(STILL_THERE, kept, moved["conversations"])
    conversations = [each["id"] for each in found]
    await lock_customers(connection, [kept, merged])
    await lock_idle_turns(connection, conversations)
    await _move_conversations(connection, conversations, merged)
    for table in OWN:
        await _move_some(connection, table, moved[table], conversations, row)
    filled = moved["filled"]
    await connection.execute(GIVE_BACK, kept, filled["name"], filled["language"], filled["tags"])
    undone_at = await connection.fetchval(
        "UPDATE customer_merges SET undone_at = now() WHERE id = $1 RETURNING undone_at", merge_id
    )
    merge = Merge(
        id=merge_id, kept=kept, merged=merged, conversations=tuple(conversations), undone_at=undone_at
    )
    await _audit(connection, "customer.unmerged", merge, operator, moved)
    return merge


async def _move_some(
    connection: Any, table: str, ids: Sequence[str], conversations: Sequence[UUID], row: Any
) -> None:
    """Put back rows by their ids; a ticket or callback made since in a conversation goes with that."""
    with_conversation = "" if table == "contacts" else " OR conversation_id = ANY($4)"
    arguments = [row["kept"], row["merged"], list(ids)]
    if with_conversation:
        arguments.append(list(conversations))
    await connection.execute(
        f"UPDATE {table} SET customer_id = $2"
        f" WHERE customer_id = $1 AND (id = ANY($3::uuid[]){with_conversation})",
        *arguments,
    )
