"""Messages: taken in once, listed in order, cut to what a caller heard of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg

from orchestrator.conversation.event_bus import Posted, StatusChanged
from orchestrator.conversation.message import Accepted, CallRecord, Inbound
from orchestrator.errors import FileUnknown, SessionUnknown
from orchestrator.ids import new_id
from orchestrator.inference.rendering import compact
from orchestrator.store.database import Database, storable

# One statement is one transaction and one round trip: number, store, enqueue, attach. A turn that waits for
# the model goes on waiting, with this message too; only a caller is told again: silence is a dead line.
ACCEPT = """
WITH s AS (
    SELECT conversation_id,
        CASE WHEN verified_until > now() THEN 3 WHEN phone IS NOT NULL THEN 1 ELSE 0 END AS trust
    FROM sessions WHERE id = $2 AND ended_at IS NULL AND generation = coalesce($9, generation)
        AND (subject IS NOT NULL OR NOT $10)
), c AS (
    UPDATE conversations SET last_seq = last_seq + 1, updated_at = now()
    FROM s WHERE conversations.id = s.conversation_id
    RETURNING conversations.id, customer_id, last_seq, owner, status, s.trust
), m AS (
    INSERT INTO messages (id, conversation_id, seq, author, channel, key, text, trust, spoken)
    SELECT $1, id, last_seq, 'customer', $3, $4, $5, trust, $8 FROM c
), t AS (
    INSERT INTO turns (id, conversation_id, customer_id, channel)
    SELECT $6, id, customer_id, $3 FROM c WHERE owner <> 'operator'
    ON CONFLICT (conversation_id) WHERE state = 'pending'
    DO UPDATE SET available_at = CASE WHEN turns.waits_for IS NULL OR turns.channel = 'voice'
        THEN least(turns.available_at, now()) ELSE turns.available_at END
), f AS (
    UPDATE files SET message_id = $1 FROM s
    WHERE files.id = ANY($7) AND files.session_id = $2 AND files.message_id IS NULL
)
SELECT id, last_seq, status, owner FROM c
"""

FIRST_HANDLE = """
SELECT m.id, m.conversation_id, m.seq, c.status, c.owner
FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE m.channel = $1 AND m.key = $2
"""

FILES = """(SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type,
    'size', f.size) ORDER BY f.id) FROM files f WHERE f.message_id = messages.id)"""

TIMELINE = f"""
SELECT seq, author, text, turn_id, citations, key, NULL AS status, NULL AS assistant,
    {FILES} AS files FROM messages
WHERE conversation_id = $1 AND seq > $2 AND ($3 OR author <> 'customer')
UNION ALL
SELECT seq, NULL, NULL, NULL, NULL, NULL, status, assistant, NULL FROM status_changes
WHERE conversation_id = $1 AND seq > $2
ORDER BY seq LIMIT $4
"""

OWN_WORDS = """
SELECT string_agg(l.text, ' ' ORDER BY l.seq DESC) FROM (
    SELECT seq, left(text, 1000) AS text FROM messages
    WHERE conversation_id = $1 AND author = 'customer' ORDER BY seq DESC LIMIT 5) l
"""


class Messages:
    """The messages of all conversations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store one customer message and enqueue its turn, or return the first handle of a duplicate.

        Raises `StoreAway`, `SessionUnknown` or `FileUnknown`; then nothing was stored.
        """
        if inbound.attachments:
            await self._check_files(inbound)
        try:
            row = await self._insert(inbound)
        except asyncpg.UniqueViolationError:
            return await self._first(inbound)
        if row is None:
            raise SessionUnknown("This session does not exist.")
        return Accepted(
            message_id=row["message_id"],
            conversation_id=row["id"],
            seq=row["last_seq"],
            duplicate=False,
            status=row["status"],
            owner=row["owner"],
        )

    async def _insert(self, inbound: Inbound) -> dict[str, Any] | None:
        message_id = new_id()
        row = await self._database.fetchrow(
            ACCEPT,
            message_id,
            inbound.session_id,
            inbound.channel,
            inbound.key,
            inbound.text,
            new_id(),
            list(inbound.attachments),
            asdict(inbound.spoken) if inbound.spoken else None,
            inbound.session.generation if inbound.session else None,
            _signed_in(inbound),
        )
        return None if row is None else {"message_id": message_id, **row}

    async def _first(self, inbound: Inbound) -> Accepted:
        row = await self._database.fetchrow(FIRST_HANDLE, inbound.channel, inbound.key)
        if row is None:
            raise SessionUnknown("This message belongs to a conversation that is gone.")
        return Accepted(
            message_id=row["id"],
            conversation_id=row["conversation_id"],
            seq=row["seq"],
            duplicate=True,
            status=row["status"],
            owner=row["owner"],
        )

    async def _check_files(self, inbound: Inbound) -> None:
        known = await self._database.fetchval(
            "SELECT count(*) FROM files WHERE id = ANY($1) AND session_id = $2",
            list(inbound.attachments),
            inbound.session_id,
        )
        if known != len(set(inbound.attachments)):
            raise FileUnknown("An attached file was not uploaded in this session.")

    async def timeline(
        self, conversation_id: UUID, *, after: int, with_customer: bool, limit: int = 1000
    ) -> list[Posted | StatusChanged]:
        """Return what happened after `after`, in order, at most `limit` entries."""
        rows = await self._database.fetch(TIMELINE, conversation_id, after, with_customer, limit)
        return [_entry(row) for row in rows]

    async def text(self, message_id: UUID) -> str:
        """Return a message's text, '' when there is none."""
        value = await self._database.fetchval("SELECT text FROM messages WHERE id = $1", message_id)
        return str(value or "")

    async def own_words(self, conversation_id: UUID) -> str:
        """Return what the customer wrote last, newest first; 5,000 characters at most."""
        value = await self._database.fetchval(OWN_WORDS, conversation_id)
        return str(value or "")

    async def of_turn(self, turn_id: UUID) -> Sequence[Posted]:
        """Return what the turn said, in order."""
        rows = await self._database.fetch(
            f"SELECT seq, author, text, turn_id, citations, key, NULL AS status, {FILES} AS files"
            " FROM messages WHERE turn_id = $1 ORDER BY seq",
            turn_id,
        )
        return [entry for row in rows if isinstance(entry := _entry(row), Posted)]

    async def heard(self, conversation_id: UUID, turn_id: UUID, heard: str) -> bool:
        """Note what was heard of a turn's reply; False where that was noted before or is no turn."""
        words = storable(heard.strip()) or ""
        async with self._database.transaction() as connection:
            await connection.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)
            row = await connection.fetchrow(NOTE, conversation_id, turn_id, words)
            if row is not None and row["state"] == "done":
                await _cut(connection, turn_id, row["thread"], words)
        return row is not None

    async def call_ended(self, record: CallRecord) -> None:
        """Put a call that is over on its conversation's timeline; one whose conversation is gone is not."""
        call = asdict(record)
        await self._database.execute(
            "INSERT INTO calls (id, conversation_id, began, ended, ended_by, language, heard, missed,"
            " interrupted) SELECT $1, id, $3, $4, $5, $6, $7, $8, $9 FROM conversations WHERE id = $2",
            new_id(),
            *call.values(),
        )


def _signed_in(inbound: Inbound) -> bool:
    """Say whether the session was opened by somebody who is signed in, and may not be known as theirs yet."""
    opening = inbound.session.opening if inbound.session else None
    return opening is not None and opening.claims is not None


def _entry(row: Any) -> Posted | StatusChanged:
    if row["status"] is not None:
        return StatusChanged(seq=row["seq"], status=row["status"], assistant=row["assistant"])
    return Posted(
        seq=row["seq"],
        turn=row["turn_id"],
        author=row["author"],
        text=row["text"],
        citations=tuple(row["citations"] or ()),
        key=row["key"],
        files=tuple(row["files"] or ()),
    )


CUT = "[the caller interrupted here]"

# A running turn finds the words when it ends; one that ended is cut by what follows.
NOTE = """
UPDATE turns SET heard = $3 WHERE id = $2 AND conversation_id = $1 AND heard IS NULL
RETURNING state, thread
"""


async def _cut(connection: Any, turn_id: UUID, thread: str | None, heard: str) -> None:
    await connection.execute(
        "UPDATE messages SET text = $2 WHERE turn_id = $1 AND author IN ('assistant', 'system')",
        turn_id,
        marked(heard),
    )
    if thread:
        await connection.execute(
            "UPDATE turns SET thread = $2 WHERE id = $1", turn_id, cut_thread(thread, heard)
        )


def marked(heard: str) -> str:
    """Return what was heard with the mark of the cut."""
    return f"{heard} {CUT}".strip()


def cut_thread(thread: str, heard: str) -> str:
    """Return a turn's fragment of the thread with its last reply cut to what was heard."""
    messages = json.loads(f"[{thread}]")
    if messages and messages[-1].get("role") == "assistant":
        messages[-1]["content"] = _cut_decision(messages[-1]["content"], heard)
    return ",".join(compact(message) for message in messages)


def _cut_decision(content: str, heard: str) -> str:
    try:
        decision = json.loads(content)
    except ValueError:
        return marked(heard)
    decision["reply"] = marked(heard)
    return compact(decision)
