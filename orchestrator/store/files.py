"""Files on their way out: what operators uploaded and tools made, put to the message they go with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from orchestrator.errors import FileUnknown, MessageInvalid

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


async def send_uploads(connection: Any, message_id: UUID, files: Sequence[UUID]) -> None:
    """Put uploads to a message within the caller's transaction; raise `FileUnknown`, `MessageInvalid`."""
    wanted = list(dict.fromkeys(files))
    rows = await connection.fetch(SEND, message_id, wanted)
    if len(rows) != len(wanted):
        raise FileUnknown("An attached file was not uploaded, or went with another message.")
    if len(wanted) > MOST_FILES or sum(row["size"] for row in rows) > LARGEST_TOGETHER:
        raise MessageInvalid(f"A message takes {MOST_FILES} files of {LARGEST_TOGETHER} bytes together.")
