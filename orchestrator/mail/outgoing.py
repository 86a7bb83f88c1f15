"""Answers on their way out: what they answer, under which Message-ID they go, and what came back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.conversation.file_store import OF_MESSAGE
from orchestrator.conversation.message import Delivery, Trust
from orchestrator.handover.status import to_queue
from orchestrator.languages.detect import guess_language
from orchestrator.mail.mail_types import AnswerTo
from orchestrator.mail.notifications import notification_bounced
from orchestrator.store.database import Database

COPIES = 5
"""Others of the sender's domain who get a copy."""

ANSWER_TO = """
SELECT m.mailbox, m.from_address, m.from_name, m.reply_to, m.cc, m.subject, m.message_id, m.reference_ids,
    m.own_words, m.sent_on, m.received_at, m.trust, cu.language, answer.created_at AS written_at,
    answer.author = 'operator' AS by_person
FROM mails m JOIN conversations c ON c.id = m.conversation_id JOIN customers cu ON cu.id = c.customer_id
JOIN messages answer ON answer.id = $2
LEFT JOIN turns t ON t.id = answer.turn_id
JOIN messages said ON said.id = m.accepted_message_id AND said.seq <= coalesce(t.upto_seq, answer.seq - 1)
WHERE m.conversation_id = $1 ORDER BY said.seq DESC LIMIT 1
"""


class OutgoingMails:
    """The answers that were or will be sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def answer_to(self, delivery: Delivery) -> AnswerTo | None:
        """Return the mail a delivery answers and where the answer goes; None when there is none."""
        row = await self._database.fetchrow(ANSWER_TO, delivery.conversation_id, delivery.message_id)
        if row is None:
            return None
        believed = row["trust"] >= Trust.AUTHENTICATED
        references = [*row["reference_ids"]]
        if row["message_id"] and row["message_id"] not in references:
            references.append(row["message_id"])
        return AnswerTo(
            mailbox=row["mailbox"],
            # Only who is believed may send the answer elsewhere or show it to others, and only at home:
            # else anybody could have us write to strangers.
            to=row["reply_to"] if believed and _at_home(row, row["reply_to"]) else row["from_address"],
            cc=tuple(each for each in row["cc"] if _at_home(row, each))[:COPIES] if believed else (),
            subject=row["subject"] or "",
            in_reply_to=row["message_id"],
            references=tuple(references),
            # Else anybody could have us send their words, under our name, to whom they like.
            quoted=(row["own_words"] or "") if believed else "",
            quoted_from=row["from_name"] or row["from_address"],
            quoted_address=row["from_address"],
            quoted_on=row["sent_on"] or row["received_at"],
            language=row["language"] or guess_language(row["own_words"] or "") or "und",
            written_at=row["written_at"],
            by_person=row["by_person"],
        )

    async def files(self, message_id: UUID) -> list[Any]:
        """Return name, media_type and sha256 of the files that go with a message, in order."""
        return list(await self._database.fetch(OF_MESSAGE, message_id))

    async def sending(self, delivery: Delivery, *, message_id: str, recipient: str, subject: str) -> None:
        """Note under which Message-ID a delivery goes out, before it does; every try has the same."""
        async with self._database.transaction() as connection:
            await connection.execute(
                "INSERT INTO sent_mails (delivery_id, conversation_id, message_id, recipient, subject)"
                " VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
                delivery.id,
                delivery.conversation_id,
                message_id,
                recipient,
                subject,
            )
            await connection.execute(
                "INSERT INTO mail_ids (message_id, conversation_id, direction) VALUES ($1, $2, 'out')"
                " ON CONFLICT DO NOTHING",
                message_id,
                delivery.conversation_id,
            )

    async def wrote(self, message_id: str) -> bool:
        """Say whether a mail of ours went out under this Message-ID."""
        found = await self._database.fetchval(
            "SELECT 1 FROM mail_ids WHERE message_id = $1 AND direction = 'out'", message_id
        )
        return found is not None

    async def bounced(self, *, message_id: str | None, recipient: str | None, reason: str) -> bool:
        """Mark the delivery a report speaks of as failed and tell the operators; False if it is not ours."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(
                "UPDATE sent_mails SET bounced_at = now(), bounce = $3"
                " WHERE bounced_at IS NULL AND message_id = $1"
                " AND ($2::text IS NULL OR recipient = lower($2))"
                " RETURNING delivery_id, conversation_id",
                message_id,
                recipient,
                reason[:500],
            )
            if row is None:
                return await notification_bounced(connection, message_id, reason)
            await connection.execute(
                "UPDATE deliveries SET state = 'failed', error = $2 WHERE id = $1",
                row["delivery_id"],
                reason[:500],
            )
            await to_queue(
                connection, row["conversation_id"], f"Our answer came back; the report says: {reason}"[:500]
            )
        return True


def _at_home(row: Any, address: str | None) -> bool:
    """Say whether an address belongs to the sender's own domain."""
    home = row["from_address"].rpartition("@")[2]
    return bool(address) and str(address).lower().rpartition("@")[2] == home
