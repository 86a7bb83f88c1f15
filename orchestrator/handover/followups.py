"""Follow-ups: what was said where nobody may be any more goes out by mail, unless it is seen in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from orchestrator.languages.wording import say
from orchestrator.mail.notifications import queue_notification

GRACE = 120.0
"""Seconds that a customer has to see or hear something before it goes out by mail."""

# What the customer of this conversation asked to have a human's answer at; nobody proved it.
ASKED_FOR = """
SELECT c.reach_address AS address, cu.language
FROM conversations c JOIN customers cu ON cu.id = c.customer_id
WHERE c.id = $1 AND c.reach_address IS NOT NULL
"""

# The address they proved when they asked, as long as it is still theirs; else the one proved last.
ADDRESS = """
SELECT a.address, cu.language
FROM contacts a JOIN customers cu ON cu.id = a.customer_id
WHERE a.customer_id = $1 AND a.kind = 'email' AND a.verified_at IS NOT NULL
ORDER BY a.address = ANY($2::text[]) DESC, a.verified_at DESC LIMIT 1
"""


async def follow_up(
    connection: Any,
    *,
    conversation_id: UUID,
    customer_id: UUID,
    seq: int,
    text: str,
    key: str,
    language: str | None = None,
    proved: Sequence[str] = (),
    grace: float = GRACE,
    by_human: bool = False,
    otherwise: str = "en",
) -> None:
    """Queue a mail with `text`, the timeline's `seq`, within the caller's transaction; `key` makes it one.

    It goes out after `grace` seconds if the customer has not seen that place by then. A customer without a
    verified e-mail address gets what a human wrote (`by_human`) where they asked for it, else nothing. The
    `language` is else the customer's, or `otherwise`.
    """
    row = await connection.fetchrow(ADDRESS, customer_id, list(proved))
    if row is None and by_human:
        row = await connection.fetchrow(ASKED_FOR, conversation_id)
    if row is None:
        return
    language = language or row["language"] or otherwise
    await queue_notification(
        connection,
        kind="follow_up",
        conversation_id=conversation_id,
        address=row["address"],
        subject=say("approval_subject", language),
        text=text,
        language=language,
        key=key,
        unread_seq=seq,
        available_at=datetime.now(UTC) + timedelta(seconds=grace),
    )
