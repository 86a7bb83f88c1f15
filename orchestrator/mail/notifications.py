"""Notifications: mails that answer no mail, such as codes and what was said to somebody who had left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.conversation.delivery_queue import SendQueue, ranked, to_send
from orchestrator.conversation.message import Outgoing
from orchestrator.handover.status import to_queue
from orchestrator.ids import new_id
from orchestrator.languages.wording import say

CHANNEL = "notification"
"""The name under which a queued notification finds its sender."""

EXPIRED = "expired"
FOLLOW_UP = "follow_up"
MESSAGE_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@[^\s<>@]{1,253}>")

WRITE = """
INSERT INTO letters (id, kind, key, conversation_id, address, subject, text, language, expires_at,
    available_at, unread_seq, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, now()), $11, $12)
ON CONFLICT (key) DO NOTHING
"""

LANE = "lower(split_part(q.address, '@', 2))"
EARLIER = "q.kind = 'follow_up' AND e.kind = 'follow_up' AND e.unread_seq < q.unread_seq"

# One that came too late, or whose words the customer has seen by now, ends here.
CLAIM = f"""
WITH {ranked("letters", lane=LANE, before=EARLIER)}, due AS (
    SELECT q.id,
        CASE WHEN q.expires_at <= now() THEN 'failed'
             WHEN q.unread_seq IS NOT NULL AND (c.read_seq >= q.unread_seq OR EXISTS (
                 SELECT 1 FROM sessions s
                 WHERE s.conversation_id = q.conversation_id AND s.seen_at > q.created_at)) THEN 'not_needed'
             ELSE 'sending' END AS next
    FROM letters q JOIN ranked r ON r.id = q.id JOIN conversations c ON c.id = q.conversation_id
    WHERE r.place <= $6 AND {to_send("q")}
    ORDER BY q.available_at LIMIT $2 FOR UPDATE OF q SKIP LOCKED
)
UPDATE letters l SET state = due.next, replica = $1, renewed_at = now(),
    attempts = attempts + CASE WHEN due.next = 'sending' THEN 1 ELSE 0 END,
    error = CASE WHEN due.next = 'failed' THEN '{EXPIRED}' ELSE l.error END,
    text = CASE WHEN due.next <> 'sending' AND l.kind = 'code' THEN '' ELSE l.text END
FROM due WHERE l.id = due.id
RETURNING l.id, l.conversation_id, l.kind, l.address, l.subject, l.text, l.language,
    l.created_at AS written_at, l.attempts AS attempt, l.state, l.doubts,
    (SELECT jsonb_build_object('id', m.id, 'author', m.author) FROM messages m
        WHERE m.conversation_id = l.conversation_id AND m.seq = l.unread_seq) AS brings
"""

# The text of a code's notification goes with it: the code must not lie here in plain.
END = """
UPDATE letters SET state = $2, error = $3, sent_at = CASE WHEN $2 = 'sent' THEN now() ELSE sent_at END,
    text = CASE WHEN kind = 'code' THEN '' ELSE text END
WHERE id = $1 AND state IN ('queued', 'sending') RETURNING conversation_id, kind
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Notification(Outgoing):
    """One notification on its way out; `kind` is code or follow_up.

    `message_id` is the message whose words it brings, `by_person` says that an operator wrote them.
    """

    kind: str
    address: str
    subject: str
    text: str = field(repr=False)
    language: str
    written_at: datetime
    message_id: UUID | None = None
    by_person: bool = False


def code_words(code: str, *, business: str, channel: str, language: str, minutes: int) -> tuple[str, str]:
    """Return subject and text of the mail with a code, in English where we don't speak the language."""
    place = channel if channel in ("mail", "voice") else "chat"
    text = say("code_letter", language).format(
        business=business, where=say(f"code_by_{place}", language), code=code, minutes=minutes
    )
    return say("code_subject", language), text


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeNotification:
    """The words that bring a one-time code; a repeated `key` is the same notification."""

    address: str
    subject: str
    text: str = field(repr=False)
    language: str
    key: str


async def queue_notification(
    connection: Any,
    *,
    kind: str,
    conversation_id: UUID,
    address: str,
    subject: str,
    text: str,
    language: str,
    key: str | None = None,
    expires_at: datetime | None = None,
    available_at: datetime | None = None,
    unread_seq: int | None = None,
    needed: bool = True,
) -> None:
    """Queue a mail within the caller's transaction; `kind` is code or follow_up, a `key` makes it one.

    It goes out at `available_at` (now), never after `expires_at`, and not at all when by then the customer
    has read the timeline up to `unread_seq` or came back. One that is not `needed` is only a row.
    """
    await connection.execute(
        WRITE,
        new_id(),
        kind,
        key,
        conversation_id,
        address,
        subject,
        text,
        language,
        expires_at,
        available_at,
        unread_seq,
        "queued" if needed else "not_needed",
    )


async def queue_code(
    connection: Any,
    notification: CodeNotification,
    *,
    conversation_id: UUID,
    expires_at: datetime,
    needed: bool,
) -> None:
    """Queue the notification of a code, or an empty row of the same kind where nobody is to be written to."""
    await queue_notification(
        connection,
        kind="code",
        conversation_id=conversation_id,
        address=notification.address if needed else "",
        subject=notification.subject,
        text=notification.text if needed else "",
        language=notification.language,
        key=notification.key,
        expires_at=expires_at,
        needed=needed,
    )


async def notifications_answered(
    connection: Any, thread_ids: Sequence[str], *, conversation_id: UUID, customer_id: UUID
) -> None:
    """Let further replies to a follow-up of this customer find the conversation that the first one began."""
    ids = {found[0]: UUID(found[1]) for each in thread_ids if (found := MESSAGE_ID.fullmatch(each))}
    if not ids:
        return
    await connection.execute(
        "INSERT INTO mail_ids (message_id, conversation_id, direction)"
        " SELECT i.message_id, $3, 'out' FROM unnest($1::text[], $2::uuid[]) AS i(message_id, id)"
        " JOIN letters l ON l.id = i.id AND l.kind = 'follow_up'"
        " JOIN conversations c ON c.id = l.conversation_id AND c.customer_id = $4"
        " ON CONFLICT DO NOTHING",
        list(ids),
        list(ids.values()),
        conversation_id,
        customer_id,
    )


async def notifications_quoted(connection: Any, thread_ids: Sequence[str]) -> list[str]:
    """Return the words of the follow-ups that a mail refers to; a code's are gone once they are sent."""
    ids = [UUID(found[1]) for each in thread_ids if (found := MESSAGE_ID.fullmatch(each))]
    rows = await connection.fetch("SELECT text FROM letters WHERE id = ANY($1)", ids) if ids else []
    return [row["text"] for row in rows]


async def notification_bounced(connection: Any, message_id: str | None, reason: str) -> bool:
    """Note that one came back; False when the report speaks of none. A follow-up goes to a human."""
    found = MESSAGE_ID.fullmatch(message_id or "")
    if found is None:
        return False
    row = await connection.fetchrow(
        "UPDATE letters SET state = 'failed', error = $2 WHERE id = $1 AND state IN ('sending', 'sent')"
        " RETURNING conversation_id, kind",
        UUID(found[1]),
        reason[:500],
    )
    if row is None:
        return False
    await _hand_over(connection, row, f"The report says: {reason}")
    return True


class Notifications(SendQueue[Notification]):
    """The queue of mails that answer no mail; one that comes too late or is not needed ends when claimed."""

    table = "letters"
    claim_sql = CLAIM

    async def _claimed(self, connection: Any, rows: Sequence[Any]) -> list[Notification]:
        for row in rows:
            if row["state"] == "failed":
                await _hand_over(connection, row, EXPIRED)
        return [_notification(row) for row in rows if row["state"] == "sending"]

    async def sent(self, item: Notification) -> None:
        """Note that the relay took the notification."""
        await self._database.execute(END, item.id, "sent", None)

    async def failed(self, item: Notification, *, error: str) -> None:
        """Give the notification up; a human gets the conversation of a follow-up."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(END, item.id, "failed", error[:500])
            if row is not None:
                await _hand_over(connection, row, error)


async def _hand_over(connection: Any, row: Any, error: str) -> None:
    if row["kind"] == "follow_up":
        await to_queue(connection, row["conversation_id"], f"A mail could not be delivered: {error}")


def _notification(row: Any) -> Notification:
    brings = row["brings"] or {}
    return Notification(
        id=row["id"],
        conversation_id=row["conversation_id"],
        kind=row["kind"],
        channel=CHANNEL,
        address=row["address"],
        subject=row["subject"],
        text=row["text"],
        language=row["language"],
        written_at=row["written_at"],
        attempt=row["attempt"],
        message_id=UUID(brings["id"]) if brings else None,
        by_person=brings.get("author") == "operator",
        lane=row["address"].rpartition("@")[2].lower(),
        doubts=row["doubts"],
    )
