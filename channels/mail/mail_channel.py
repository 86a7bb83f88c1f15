"""The mail channel: an inbox, a reader that takes mails in, and a relay that sends answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

import structlog

from channels.channel import Capabilities
from channels.mail.compose import OutgoingMail, compose, envelope_recipients
from channels.mail.mail_reader import MailReader
from channels.mail.mailbox import AddressInvalid
from channels.mail.parse_worker import ParseWorker
from channels.mail.relay import MailRelay
from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.message import Delivery
from orchestrator.mail.mail_types import AnswerTo
from orchestrator.mail.notifications import Notification
from orchestrator.mail.reply_tokens import MailTokens
from orchestrator.mail.service import MailService
from orchestrator.worker import Supervised

FOLLOW_UP = "follow_up"


def notification_id(notification: Notification, mailbox: str) -> str:
    """Return the Message-ID of a notification from `mailbox`, with angle brackets, the same on every try."""
    return f"<{notification.id}@{mailbox.rpartition('@')[2]}>"


def written(notification: Notification, *, mailbox: str, business: str, tokens: MailTokens) -> OutgoingMail:
    """Return what the mail of a notification consists of.

    The answer to a follow-up goes on with its conversation; nothing leads back to where a code was asked for.
    """
    local, _, domain = mailbox.rpartition("@")
    token = tokens.make(notification.conversation_id) if notification.kind == FOLLOW_UP else None
    return OutgoingMail(
        from_address=mailbox,
        from_name=business,
        to=notification.address,
        subject=notification.subject,
        text=notification.text,
        language=notification.language,
        message_id=notification_id(notification, mailbox),
        reply_to=f"{local}+{token}@{domain}" if token else None,
        date=notification.written_at,
        initial=True,
        by_person=notification.by_person,
    )


log = structlog.get_logger()
INLINE: Final = 4_000
"""Characters of an answer that is composed on the event loop: about 5 ms."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SenderIdentity:
    """What every mail carries: our name, and how its signature is made (None: unsigned).

    `address` is what notifications come from, the first of ours.
    """

    business: str
    sign: Callable[[bytes], Awaitable[bytes]] | None = None
    address: str = "support@localhost"


class MailChannel:
    """Mail as a `Channel`; its answers are queued deliveries."""

    name: Final = "mail"
    capabilities: Final = Capabilities(early_release=False, stored=False, attachments=True)

    def __init__(
        self,
        *,
        mail_service: MailService,
        reader: MailReader,
        worker: ParseWorker,
        relay: MailRelay,
        tokens: MailTokens,
        sender_identity: SenderIdentity,
    ) -> None:
        self._mail_service = mail_service
        self._reader = reader
        self._worker = worker
        self._relay = relay
        self._tokens = tokens
        self._sender_identity = sender_identity
        self.reading = Supervised("mail_reader", self._reader.run)

    async def start(self) -> None:
        """Begin to take mails in."""
        self.reading.start()

    async def send(self, delivery: Delivery) -> None:
        """Send one answer; every try of a delivery has the same Message-ID. Raises `DeliveryFailed`."""
        to = await self._mail_service.answer_to(delivery)
        if to is None:
            raise DeliveryFailed("There is no mail this answers.", permanent=True)
        message_id = f"<{delivery.id}@{to.mailbox.rpartition('@')[2]}>"
        await self._mail_service.sending(delivery, message_id=message_id, recipient=to.to, subject=to.subject)
        files = await self._files(delivery.message_id)
        await self._post(replace(self._answer(delivery, to, message_id), attachments=files), delivery.id)

    async def send_notification(self, notification: Notification) -> None:
        """Send one notification; every try has the same Message-ID. Raises `DeliveryFailed`."""
        head = self._sender_identity
        mail = written(notification, mailbox=head.address, business=head.business, tokens=self._tokens)
        files = await self._files(notification.message_id) if notification.message_id else ()
        await self._post(replace(mail, attachments=files), notification.id)

    async def stop(self) -> None:
        """Stop reading and let go of the relay; what is under way is offered again."""
        await self.reading.stop()
        self._worker.stop()
        await self._relay.close()

    async def _post(self, answer: OutgoingMail, delivery: UUID) -> None:
        try:
            # files have megabytes, and odd marks in a long text take time: neither holds up everybody else
            large = bool(answer.attachments) or len(answer.text) > INLINE
            message = await asyncio.to_thread(compose, answer) if large else compose(answer)
            recipients = envelope_recipients(answer)
        except AddressInvalid as error:
            raise DeliveryFailed("The customer's address is not valid.", permanent=True) from error
        if self._sender_identity.sign is not None:
            message = await self._sender_identity.sign(message)
        sent = await self._relay.send(message, sender=answer.from_address, recipients=recipients)
        for refused in sent.refused:
            log.warning("a recipient was refused", delivery=str(delivery), reply=str(refused))
            if refused.address == recipients[0]:
                raise DeliveryFailed(str(refused), permanent=refused.permanent)

    async def _files(self, message_id: UUID) -> tuple[tuple[str, str, bytes], ...]:
        files = await self._mail_service.files(message_id)
        return tuple((each.name, each.media_type, each.data) for each in files)

    def _answer(self, delivery: Delivery, to: AnswerTo, message_id: str) -> OutgoingMail:
        local, _, domain = to.mailbox.rpartition("@")
        return OutgoingMail(
            from_address=to.mailbox,
            from_name=self._sender_identity.business,
            to=to.to,
            cc=to.cc,
            subject=to.subject,
            text=delivery.text,
            language=to.language,
            in_reply_to=to.in_reply_to,
            references=to.references,
            message_id=message_id,
            reply_to=f"{local}+{self._tokens.make(delivery.conversation_id)}@{domain}",
            quoted=to.quoted,
            quoted_from=to.quoted_from,
            quoted_address=to.quoted_address,
            quoted_on=to.quoted_on,
            date=to.written_at,
            by_person=to.by_person,
        )
