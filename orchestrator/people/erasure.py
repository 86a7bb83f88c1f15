"""A customer is deleted: every row about them, and every file that only they had."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from orchestrator.conversation.file_store import FileStore, discard, put_back, set_aside
from orchestrator.conversation.recordings import Recordings
from orchestrator.errors import StoreAway
from orchestrator.handover.ownership import Conflict
from orchestrator.mail.spool import raw_path
from orchestrator.people.person import (
    MERGED_INTO,
    CustomerUnknown,
    busy,
    lock_addresses,
    lock_customers,
    moving,
    people,
)
from orchestrator.people.sessions import retire
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

CONVERSATIONS = "SELECT id FROM conversations WHERE customer_id = ANY($1) ORDER BY id"

# In the order in which others take them; an answer that fails goes on from its delivery to its conversation.
LOCKS = (
    "SELECT 1 FROM sent_mails WHERE conversation_id = ANY($1) ORDER BY delivery_id FOR UPDATE",
    "SELECT 1 FROM deliveries WHERE conversation_id = ANY($1) ORDER BY id FOR UPDATE",
    "SELECT 1 FROM mails WHERE conversation_id = ANY($1) ORDER BY id FOR UPDATE",
    "SELECT 1 FROM sessions WHERE conversation_id = ANY($1) ORDER BY id FOR UPDATE",
)

# A tool that runs now would leave its traces behind; one whose process died is not waited for.
AT_WORK = """
SELECT 1 FROM actions WHERE conversation_id = ANY($1) AND state = 'started'
    AND greatest(started_at, (SELECT max(renewed_at) FROM approvals p WHERE p.action_id = actions.id))
        > now() - interval '2 minutes' LIMIT 1
"""

# Mail that came from an address of theirs, read or not; what belongs to others' conversations stays.
MAILS = """
conversation_id = ANY($1) OR (conversation_id IS NULL
    AND (from_address = ANY($2) OR from_address IS NULL AND lower(sender) = ANY($2)))
"""
FILES = """
SELECT DISTINCT f.sha256 FROM files f
LEFT JOIN messages m ON m.id = f.message_id LEFT JOIN sessions s ON s.id = f.session_id
WHERE m.conversation_id = ANY($1) OR s.conversation_id = ANY($1) OR f.conversation_id = ANY($1)
"""

RECORDINGS = """
SELECT DISTINCT spoken->>'audio' AS sha256 FROM messages
WHERE conversation_id = ANY($1) AND spoken->>'audio' IS NOT NULL
"""

TURNS = "SELECT id FROM turns WHERE conversation_id = ANY($1) ORDER BY id FOR UPDATE"

# The ledger keeps that a request was made, not what was said; its id changes, so that an answer still on its
# way finds no row. Last of all, for those that were begun meanwhile.
FORGET_REQUESTS = """
UPDATE requests SET id = gen_random_uuid(), content = NULL, tool_calls = NULL, error = NULL
WHERE turn_id = ANY($1)
"""
BY_CUSTOMER = ("tickets", "callbacks")
BY_ADDRESS = ("one_time_codes", "letters")


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What was deleted; `customers` are all that stood for the person."""

    customers: tuple[UUID, ...]
    conversations: tuple[UUID, ...]
    mails: int
    files: int


class Erasure:
    """Deletes customers; `folder` is the data folder with the raw mails.

    `files` are their attachments, `recordings` their voices.
    """

    def __init__(self, database: Database, *, files: FileStore, folder: Path, recordings: Recordings) -> None:
        self._database = database
        self._files = files
        self._folder = folder
        self._recordings = recordings

    async def delete(self, customer_id: UUID, *, operator: str) -> Erased:
        """Delete a customer, those merged into them and what was claimed in their name.

        The files are gone before the rows are: after a crash in between the same call finishes the work. A
        running turn finds its lease lost. Raises `CustomerUnknown`, `Conflict` for one merged into another,
        `Busy` while a tool runs for them, and `StoreAway`; then no row was changed.
        """

        async def work(connection: Any) -> Erased:
            return await self._delete(connection, customer_id, operator)

        try:
            return await moving(self._database, work)
        except OSError as error:
            raise StoreAway("The customer's files can't be removed for the moment.") from error

    async def _delete(self, connection: Any, customer_id: UUID, operator: str) -> Erased:
        customers = await people(connection, customer_id)
        addresses = await lock_addresses(connection, customers)
        conversations = await _lock(connection, customer_id, customers)
        turns = [row["id"] for row in await connection.fetch(TURNS, conversations)]
        files = await _digests(connection, FILES, conversations)
        mails = await _digests(
            connection, f"SELECT DISTINCT sha256 FROM mails WHERE {MAILS}", conversations, addresses
        )
        recordings = await _digests(connection, RECORDINGS, conversations)
        deleted = await _delete_rows(connection, customers, conversations, addresses)
        removed = await self._remove(connection, {"files": files, "mails": mails})
        removed += await self._remove_recordings(recordings)
        erased = Erased(
            customers=tuple(customers), conversations=tuple(conversations), mails=deleted, files=removed
        )
        await _audit(connection, customer_id, erased, operator)
        await connection.execute(FORGET_REQUESTS, turns)
        return erased

    async def _remove_recordings(self, digests: Sequence[str]) -> int:
        """Remove recordings: each is one person's own voice, which nobody else's row names."""
        for digest in digests:
            await asyncio.to_thread(self._recordings.path(digest).unlink, missing_ok=True)
        return len(digests)

    async def _remove(self, connection: Any, digests: Mapping[str, Sequence[str]]) -> int:
        """Remove the contents that no row names; set aside first, so that none is missed that comes now."""
        paths = {
            table: {digest: self._path(table, digest) for digest in listed}
            for table, listed in digests.items()
        }
        removed = 0
        for table, known in paths.items():
            for used in await _used(connection, table, known):
                del known[used]
            await asyncio.to_thread(set_aside, known.values())
            back = [known.pop(used) for used in await _used(connection, table, known)]
            await asyncio.to_thread(put_back, back)
            await asyncio.to_thread(discard, known.values())
            removed += len(known)
        return removed

    def _path(self, table: str, digest: str) -> Path:
        return self._files.path(digest) if table == "files" else raw_path(self._folder, digest)


async def _lock(connection: Any, customer_id: UUID, customers: Sequence[UUID]) -> list[UUID]:
    """Lock all that is the customers', in the house's order; return their conversations."""
    expected = [row["id"] for row in await connection.fetch(CONVERSATIONS, list(customers))]
    for lock in LOCKS:
        await connection.execute(lock, expected)
    rows = await connection.fetch(f"{CONVERSATIONS} FOR UPDATE", list(customers))
    conversations = [row["id"] for row in rows]
    if customer_id not in await lock_customers(connection, customers):
        raise CustomerUnknown("This customer does not exist.")
    if await connection.fetchval(MERGED_INTO, customer_id):
        raise Conflict("This customer was merged into another; undo that, or delete the other.")
    if conversations != expected or await connection.fetchval(AT_WORK, conversations):
        raise busy()
    return conversations


async def _digests(connection: Any, sql: str, *arguments: Sequence[Any]) -> list[str]:
    rows = await connection.fetch(sql, *(list(each) for each in arguments))
    return [row["sha256"] for row in rows]


async def _used(connection: Any, table: str, digests: Mapping[str, Path]) -> list[str]:
    sql = f"SELECT DISTINCT sha256 FROM {table} WHERE sha256 = ANY($1)"
    return [row["sha256"] for row in await connection.fetch(sql, list(digests))]


async def _delete_rows(
    connection: Any, customers: Sequence[UUID], conversations: Sequence[UUID], addresses: Sequence[str]
) -> int:
    """Delete every row, return how many mails; most go with their conversation."""
    mails = await connection.execute(f"DELETE FROM mails WHERE {MAILS}", list(conversations), list(addresses))
    for table in BY_CUSTOMER:
        await connection.execute(
            f"DELETE FROM {table} WHERE customer_id = ANY($1) OR conversation_id = ANY($2)",
            list(customers),
            list(conversations),
        )
    for table in BY_ADDRESS:
        await connection.execute(f"DELETE FROM {table} WHERE address = ANY($1)", list(addresses))
    keys = await connection.fetch(
        "SELECT key_hash FROM sessions WHERE conversation_id = ANY($1)", list(conversations)
    )
    await retire(connection, [row["key_hash"] for row in keys])
    await connection.execute("DELETE FROM customers WHERE id = ANY($1)", list(customers))
    return int(mails.rpartition(" ")[2])


async def _audit(connection: Any, customer_id: UUID, erased: Erased, operator: str) -> None:
    await note(
        connection,
        actor=f"operator:{operator}",
        action="customer.deleted",
        subject=f"customer:{customer_id}",
        after={
            "customers": erased.customers,
            "conversations": len(erased.conversations),
            "mails": erased.mails,
            "files": erased.files,
        },
    )
