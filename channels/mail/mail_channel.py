"""The mail channel: an inbox, a reader that takes mails in, and a relay that sends answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from channels.mail.compose import compose, envelope_recipients
from channels.mail.mail_reader import MailReader
from channels.mail.mailbox import AddressInvalid
from channels.mail.parse_worker import ParseWorker
from channels.mail.relay import MailRelay
from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.message import Delivery
from orchestrator.mail.mail_types import OutgoingMail
from orchestrator.mail.notifications import Notification
from orchestrator.mail.outgoing import OutgoingMails

log = structlog.get_logger()
INLINE: Final = 4_000
"""Characters of an answer that is composed on the event loop: about 5 ms."""


Sign = Callable[[bytes], Awaitable[bytes]]


class MailChannel:
    """Mail; its answers are queued deliveries."""

    name: Final = "mail"

    def __init__(
        self,
        *,
        outgoing: OutgoingMails,
        reader: MailReader,
        parser: ParseWorker,
        relay: MailRelay,
        sign: Sign | None,
    ) -> None:
        """`sign` makes the signature of each mail; None: unsigned."""
        self._outgoing = outgoing
        self._reader = reader
        self._parser = parser
        self._relay = relay
        self._sign = sign

    async def start(self) -> None:
        """Begin to take mails in."""
        self._reader.start()

    async def send(self, delivery: Delivery) -> None:
        """Send one answer; every try of a delivery has the same Message-ID. Raises `DeliveryFailed`."""
        await self._post(await self._outgoing.answer(delivery), delivery.id)

    async def send_notification(self, notification: Notification) -> None:
        """Send one notification; every try has the same Message-ID. Raises `DeliveryFailed`."""
        await self._post(await self._outgoing.notification(notification), notification.id)

    async def stop(self) -> None:
        """Stop reading and let go of the relay; what is under way is offered again."""
        await self._reader.stop()
        self._parser.stop()
        await self._relay.close()

    async def _post(self, mail: OutgoingMail, delivery: UUID) -> None:
        try:
            # files have megabytes, and odd marks in a long text take time: neither holds up everybody else
            large = bool(mail.attachments) or len(mail.text) > INLINE
            message = await asyncio.to_thread(compose, mail) if large else compose(mail)
            recipients = envelope_recipients(mail)
        except AddressInvalid as error:
            raise DeliveryFailed("The customer's address is not valid.", permanent=True) from error
        if self._sign is not None:
            message = await self._sign(message)
        sent = await self._relay.send(message, sender=mail.from_address, recipients=recipients)
        for refused in sent.refused:
            log.warning("a recipient was refused", delivery=str(delivery), reply=str(refused))
            if refused.address == recipients[0]:
                raise DeliveryFailed(str(refused), permanent=refused.permanent)
