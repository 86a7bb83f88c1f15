"""Files on their way out: what operators uploaded and tools made, put to the message they go with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.errors import FileUnknown, MessageInvalid
from orchestrator.ids import new_id

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
