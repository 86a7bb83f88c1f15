"""What was heard of a reply that the caller spoke over: that, and no more, is remembered."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import CallRecord
from orchestrator.ids import new_id
from orchestrator.inference.rendering import compact
from orchestrator.store.database import Database, storable

CUT = "[the caller interrupted here]"

# A running turn finds the words when it ends; one that ended is cut by what follows.
NOTE = """
UPDATE turns SET heard = $3 WHERE id = $2 AND conversation_id = $1 AND heard IS NULL
RETURNING state, thread
"""


class HeardReplies:
    """Cuts replies to what was heard of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, conversation_id: UUID, turn_id: UUID, heard: str) -> bool:
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
