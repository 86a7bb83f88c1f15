"""Kept files to be sent and opened again, and mails as they came; every look of an operator is audited."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import MessageUnknown, NoSuchFile, NotAMail
from orchestrator.mail.spool import raw_path
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

# A file belongs to the message it came with; before it is sent, to the session or the operator that has it.
ANY = """
SELECT f.id, f.name, f.media_type, f.size, f.sha256,
    coalesce(m.conversation_id, s.conversation_id, f.conversation_id) AS conversation_id
FROM files f LEFT JOIN messages m ON m.id = f.message_id LEFT JOIN sessions s ON s.id = f.session_id
WHERE f.id = $1
"""

OWN = """
SELECT f.id, f.name, f.media_type, f.size, f.sha256, m.conversation_id
FROM files f LEFT JOIN messages m ON m.id = f.message_id
WHERE f.id = $1 AND (m.conversation_id = $2 OR f.message_id IS NULL AND f.session_id = $3)
"""

MAIL = """
SELECT q.sha256, q.raw FROM messages m LEFT JOIN mails q ON q.accepted_message_id = m.id
WHERE m.id = $2 AND m.conversation_id = $1 ORDER BY q.received_at LIMIT 1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFile:
    """A file whose content is at `path`; `size` in bytes."""

    id: UUID
    name: str
    media_type: str
    size: int
    path: Path


async def own_file(files: FileStore, session: VisitorSession, file_id: UUID) -> KeptFile:
    """Return a file of the session's conversation, or one it has uploaded; raise `NoSuchFile`."""
    row = await files.database.fetchrow(OWN, file_id, session.conversation_id, session.id)
    return await _kept(files, row)


class Downloads:
    """What operators may open; `folder` is the data folder with the raw mails.

    Methods raise `NoSuchFile`, `MessageUnknown`, `NotAMail` or `StoreAway`.
    """

    def __init__(self, database: Database, files: FileStore, folder: Path) -> None:
        self._database = database
        self._files = files
        self._folder = folder

    async def keep(self, operator: str, *, name: str, media_type: str, data: bytes) -> UUID:
        """Keep a file that an operator is going to send and return its id."""
        return await self._files.keep_for_operator(
            operator=operator, name=name, media_type=media_type, data=data
        )

    async def file(self, file_id: UUID, operator: str) -> KeptFile:
        """Return a kept file, whoever sent it."""
        row = await self._database.fetchrow(ANY, file_id)
        kept = await _kept(self._files, row)
        await note(
            self._database,
            actor=f"operator:{operator}",
            action="file.opened",
            subject=f"file:{file_id}",
            conversation_id=row["conversation_id"],
            after={"media_type": kept.media_type, "size": kept.size},
        )
        return kept

    async def mail(self, conversation_id: UUID, message_id: UUID, operator: str) -> bytes:
        """Return the mail that a message came by, as it came."""
        row = await self._database.fetchrow(MAIL, conversation_id, message_id)
        if row is None:
            raise MessageUnknown("There is no such message in this conversation.")
        raw = await self._raw(row) if row["sha256"] else None
        if raw is None:
            raise NotAMail("This message did not come by mail.")
        await note(
            self._database,
            actor=f"operator:{operator}",
            action="mail.opened",
            subject=f"message:{message_id}",
            conversation_id=conversation_id,
            after={"size": len(raw)},
        )
        return raw

    async def whole_mail(self, mail_id: UUID, operator: str) -> bytes:
        """Return a mail as it came, whatever became of it."""
        row = await self._database.fetchrow(
            "SELECT sha256, raw, conversation_id FROM mails WHERE id = $1", mail_id
        )
        raw = await self._raw(row) if row is not None else None
        if raw is None:
            raise NotAMail("This mail is not kept any more.")
        await note(
            self._database,
            actor=f"operator:{operator}",
            action="mail.opened",
            subject=f"mail:{mail_id}",
            conversation_id=row["conversation_id"],
            after={"size": len(raw)},
        )
        return raw

    async def _raw(self, row: Any) -> bytes | None:
        if row["raw"] is not None:
            return bytes(row["raw"])
        try:
            return await asyncio.to_thread(raw_path(self._folder, row["sha256"]).read_bytes)
        except FileNotFoundError:
            return None


async def _kept(files: FileStore, row: Any) -> KeptFile:
    path = files.path(row["sha256"]) if row is not None else None
    if path is None or not await asyncio.to_thread(path.is_file):
        raise NoSuchFile("This file does not exist.")
    return KeptFile(id=row["id"], name=row["name"], media_type=row["media_type"], size=row["size"], path=path)
