"""Files of customers, operators and tools: bytes on disk by content hash, rows in the database."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from orchestrator.errors import FileUnknown, MessageInvalid, SessionUnknown, StoreAway
from orchestrator.ids import new_id
from orchestrator.store.database import Database
from tools.text import clean_text
from tools.tool import ToolFile

MOST_FILES = 10
LARGEST_TOGETHER = 20 * 1024 * 1024
"""Bytes of the files of one message: in base64 they still pass most mail servers' 30 MB."""

SEND = """
UPDATE files SET message_id = $1, position = array_position($2::uuid[], id)
WHERE id = ANY($2) AND message_id IS NULL AND uploaded_by IS NOT NULL
RETURNING size
"""

OF_MESSAGE = """
SELECT name, media_type, sha256 FROM files WHERE message_id = $1 ORDER BY position, id LIMIT 100
"""


KEEP_MADE = """
INSERT INTO files (id, conversation_id, action_id, position, name, media_type, size, sha256)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (action_id, position) WHERE action_id IS NOT NULL
DO NOTHING
"""

SEND_MADE = """
UPDATE files SET message_id = $1 WHERE action_id = $2 AND message_id IS NULL
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeFile:
    """A file that a tool made for the customer, whose content is on disk."""

    name: str
    media_type: str
    size: int
    sha256: str


async def keep_made(
    connection: Any, files: Sequence[MadeFile], *, conversation_id: UUID, action_id: UUID
) -> None:
    """Write the rows of an action's files within the caller's transaction; again it changes nothing."""
    for position, file in enumerate(files):
        await connection.execute(
            KEEP_MADE,
            new_id(),
            conversation_id,
            action_id,
            position,
            file.name[:200],
            file.media_type[:200],
            file.size,
            file.sha256,
        )


async def send_uploads(connection: Any, message_id: UUID, files: Sequence[UUID]) -> None:
    """Put uploads to a message within the caller's transaction; raise `FileUnknown`, `MessageInvalid`."""
    wanted = list(dict.fromkeys(files))
    rows = await connection.fetch(SEND, message_id, wanted)
    if len(rows) != len(wanted):
        raise FileUnknown("An attached file was not uploaded, or went with another message.")
    if len(wanted) > MOST_FILES or sum(row["size"] for row in rows) > LARGEST_TOGETHER:
        raise MessageInvalid(f"A message takes {MOST_FILES} files of {LARGEST_TOGETHER} bytes together.")


class FileStore:
    """Files below `folder`; the same content is kept once."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self._folder = folder

    async def keep(self, *, session_id: UUID, name: str, media_type: str, data: bytes) -> UUID:
        """Store a file durably and return its id; raise `StoreAway` when it can't be stored."""
        digest = hashlib.sha256(data).hexdigest()
        await self._write(digest, data)
        file_id = new_id()
        try:
            await self.database.execute(
                "INSERT INTO files (id, session_id, name, media_type, size, sha256)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                file_id,
                session_id,
                name[:200],
                media_type,
                len(data),
                digest,
            )
        except asyncpg.ForeignKeyViolationError as error:
            raise SessionUnknown("This session does not exist.") from error
        # Now that a row names it: the deletion of a customer may have taken away the same content meanwhile.
        await self._write(digest, data)
        return file_id

    async def keep_for_operator(self, *, operator: str, name: str, media_type: str, data: bytes) -> UUID:
        """Store a file that an operator is going to send; raise `StoreAway` when it can't be stored."""
        digest = hashlib.sha256(data).hexdigest()
        await self._write(digest, data)
        file_id = new_id()
        await self.database.execute(
            "INSERT INTO files (id, uploaded_by, name, media_type, size, sha256)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            file_id,
            f"operator:{operator}",
            name[:200],
            media_type,
            len(data),
            digest,
        )
        await self._write(digest, data)  # as above
        return file_id

    async def made(self, files: Sequence[ToolFile]) -> tuple[MadeFile, ...]:
        """Store the content of what a tool made, whose rows come with its result; raise `StoreAway`."""
        kept = []
        for file in files:
            digest = hashlib.sha256(file.data).hexdigest()
            await self._write(digest, file.data)
            kept.append(
                MadeFile(
                    name=clean_text(file.name),
                    media_type=clean_text(file.media_type),
                    size=len(file.data),
                    sha256=digest,
                )
            )
        return tuple(kept)

    async def forget_unused(self) -> int:
        """Delete what operators uploaded and sent nobody within a day; return how many contents that were.

        Raises `StoreAway` or `OSError`.
        """
        rows = await self.database.fetch(
            "DELETE FROM files WHERE message_id IS NULL AND session_id IS NULL AND action_id IS NULL"
            " AND created_at < now() - interval '1 day' RETURNING sha256"
        )
        gone = {row["sha256"] for row in rows}
        gone -= await self._named(gone)
        paths = [self.path(digest) for digest in gone]
        await asyncio.to_thread(set_aside, paths)
        named = await self._named(gone)  # by an upload of the same content at this moment
        await asyncio.to_thread(put_back, [self.path(digest) for digest in named])
        await asyncio.to_thread(discard, [self.path(digest) for digest in gone - named])
        return len(gone - named)

    async def _named(self, digests: set[str]) -> set[str]:
        rows = await self.database.fetch(
            "SELECT DISTINCT sha256 FROM files WHERE sha256 = ANY($1)", list(digests)
        )
        return {row["sha256"] for row in rows}

    async def _write(self, digest: str, data: bytes) -> None:
        try:
            await asyncio.to_thread(write_durably, self.path(digest), data)
        except OSError as error:
            raise StoreAway("The file can't be stored for the moment.", retry_after=5.0) from error

    def path(self, digest: str) -> Path:
        """Return where the content with this SHA-256 digest lies."""
        return self._folder / digest[:2] / digest


GONE = ".gone"
"""Ends the name of a file that was set aside to be removed."""


def set_aside(paths: Iterable[Path]) -> None:
    """Take files away under another name; one that is not there is passed over; raise `OSError`."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.rename(path.with_name(path.name + GONE))


def put_back(paths: Iterable[Path]) -> None:
    """Undo `set_aside`; raise `OSError`."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + GONE).rename(path)


def discard(paths: Iterable[Path]) -> None:
    """Remove files that were set aside, for good; raise `OSError`."""
    for path in paths:
        path.with_name(path.name + GONE).unlink(missing_ok=True)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file atomically: after a crash it is whole or not there; raise `OSError`."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
            sync_folder(path.parent)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Make a rename durable, which is in the folder's own data; raise `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
