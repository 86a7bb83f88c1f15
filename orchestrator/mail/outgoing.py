"""Mails on their way out: what they are made of, under which Message-ID they go, and what came back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from typing import Any
from uuid import UUID

from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.file_store import OF_MESSAGE, FileStore
from orchestrator.conversation.message import Delivery, Trust
from orchestrator.handover.status import to_queue
from orchestrator.languages.detect import guess_language
from orchestrator.mail.mail_types import MailFile, OutgoingMail
from orchestrator.mail.notifications import FOLLOW_UP, Notification, notification_bounced
from orchestrator.store.database import Database

MAC = 5
"""Bytes of the proof: a wrong guess is right once in 2^40 tries."""


class MailTokens:
    """Makes and reads tokens of 34 characters, fit for the part behind the plus sign of an address."""

    def __init__(self, secret: str) -> None:
        self._secret = hashlib.sha256(b"mail token\0" + secret.encode()).digest()

    def make(self, conversation_id: UUID) -> str:
        """Return the token of a conversation."""
        raw = conversation_id.bytes
        return base64.b32encode(raw + self._mac(raw)).decode().rstrip("=").lower()

    def read(self, token: str) -> UUID | None:
        """Return the conversation of a token, None when it is not one of ours."""
        try:
            raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        except ValueError:
            return None
        if len(raw) != 16 + MAC or not hmac.compare_digest(raw[16:], self._mac(raw[:16])):
            return None
        return UUID(bytes=raw[:16])

    def _mac(self, raw: bytes) -> bytes:
        return hmac.digest(self._secret, raw, "sha256")[:MAC]


COPIES = 5
"""Others of the sender's domain who get a copy."""

ANSWERED = """
SELECT m.mailbox, m.from_address, m.from_name, m.reply_to, m.cc, m.subject, m.message_id, m.reference_ids,
    m.own_words, m.sent_on, m.received_at, m.trust, cu.language, answer.created_at AS written_at,
    answer.author = 'operator' AS by_person
FROM mails m JOIN conversations c ON c.id = m.conversation_id JOIN customers cu ON cu.id = c.customer_id
JOIN messages answer ON answer.id = $2
LEFT JOIN turns t ON t.id = answer.turn_id
JOIN messages said ON said.id = m.accepted_message_id AND said.seq <= coalesce(t.upto_seq, answer.seq - 1)
WHERE m.conversation_id = $1 ORDER BY said.seq DESC LIMIT 1
"""

# Before it goes out: every try has the same Message-ID.
SENDING = """
WITH noted AS (
    INSERT INTO sent_mails (delivery_id, conversation_id, message_id, recipient, subject)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
)
INSERT INTO mail_ids (message_id, conversation_id, direction) VALUES ($3, $2, 'out') ON CONFLICT DO NOTHING
"""


class OutgoingMails:
    """The mails that were or will be sent; methods raise `StoreAway`."""

    def __init__(
        self, database: Database, *, files: FileStore, tokens: MailTokens, business: str, mailbox: str
    ) -> None:
        """`business` is the name they come from, `mailbox` the address of those that answer none."""
        self._database = database
        self._files = files
        self._tokens = tokens
        self._business = business
        self._mailbox = mailbox

    async def answer(self, delivery: Delivery) -> OutgoingMail:
        """Return the mail of a reply, noted under its Message-ID, the same on every try.

        Raises `DeliveryFailed` where it answers no mail or one of its files is gone.
        """
        row = await self._database.fetchrow(ANSWERED, delivery.conversation_id, delivery.message_id)
        if row is None:
            raise DeliveryFailed("There is no mail this answers.", permanent=True)
        believed = row["trust"] >= Trust.AUTHENTICATED
        references = [*row["reference_ids"]]
        if row["message_id"] and row["message_id"] not in references:
            references.append(row["message_id"])
        mail = OutgoingMail(
            from_address=row["mailbox"],
            from_name=self._business,
            # Only who is believed may send the answer elsewhere or show it to others, and only at home:
            # else anybody could have us write to strangers.
            to=row["reply_to"] if believed and _at_home(row, row["reply_to"]) else row["from_address"],
            cc=tuple(each for each in row["cc"] if _at_home(row, each))[:COPIES] if believed else (),
            subject=row["subject"] or "",
            text=delivery.text,
            language=row["language"] or guess_language(row["own_words"] or "") or "und",
            in_reply_to=row["message_id"],
            references=tuple(references),
            message_id=_message_id(delivery.id, row["mailbox"]),
            reply_to=self._way_back(row["mailbox"], delivery.conversation_id),
            # Else anybody could have us send their words, under our name, to whom they like.
            quoted=(row["own_words"] or "") if believed else "",
            quoted_from=row["from_name"] or row["from_address"],
            quoted_address=row["from_address"],
            quoted_on=row["sent_on"] or row["received_at"],
            attachments=await self._attached(delivery.message_id),
            date=row["written_at"],
            by_person=row["by_person"],
        )
        about = delivery.id, delivery.conversation_id, mail.message_id, mail.to, mail.subject
        await self._database.execute(SENDING, *about)
        return mail

    async def notification(self, item: Notification) -> OutgoingMail:
        """Return the mail of a notification; raises `DeliveryFailed` where one of its files is gone.

        The answer to a follow-up goes on with its conversation; nothing leads back to where a code was asked.
        """
        back = self._way_back(self._mailbox, item.conversation_id) if item.kind == FOLLOW_UP else None
        return OutgoingMail(
            from_address=self._mailbox,
            from_name=self._business,
            to=item.address,
            subject=item.subject,
            text=item.text,
            language=item.language,
            message_id=_message_id(item.id, self._mailbox),
            reply_to=back,
            attachments=await self._attached(item.message_id) if item.message_id else (),
            date=item.written_at,
            initial=True,
            by_person=item.by_person,
        )

    def _way_back(self, mailbox: str, conversation_id: UUID) -> str:
        local, _, domain = mailbox.rpartition("@")
        return f"{local}+{self._tokens.make(conversation_id)}@{domain}"

    async def _attached(self, message_id: UUID) -> tuple[MailFile, ...]:
        found = []
        for row in await self._database.fetch(OF_MESSAGE, message_id):
            try:
                data = await asyncio.to_thread(self._files.path(row["sha256"]).read_bytes)
            except FileNotFoundError:
                raise DeliveryFailed("An attached file is gone.", permanent=True) from None
            found.append(MailFile(name=row["name"], media_type=row["media_type"], data=data))
        return tuple(found)

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


def _message_id(item_id: UUID, mailbox: str) -> str:
    return f"<{item_id}@{mailbox.rpartition('@')[2]}>"


def _at_home(row: Any, address: str | None) -> bool:
    """Say whether an address belongs to the sender's own domain."""
    home = row["from_address"].rpartition("@")[2]
    return bool(address) and str(address).lower().rpartition("@")[2] == home
