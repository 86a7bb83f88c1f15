"""What the mail channel calls: mails in from the spool, answers out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from guardrails.privacy.stand_ins import mask_for_storage
from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.conversation.file_store import FileStore, write_durably
from orchestrator.conversation.live_share import LiveShare
from orchestrator.conversation.message import Delivery
from orchestrator.errors import StoreAway
from orchestrator.mail.folding import fold
from orchestrator.mail.intake import MailIntake, Taken
from orchestrator.mail.kept_mails import Mails
from orchestrator.mail.mail_types import AnswerTo, KeptMail, MailFile, ReadMail
from orchestrator.mail.outgoing import OutgoingMails
from orchestrator.observe import Observer
from orchestrator.store.replica import Replica

CHANNEL = "mail"


class MailService:
    """Everything the mail channel may ask of the orchestrator; methods raise `StoreAway`."""

    def __init__(
        self,
        *,
        mails: Mails,
        intake: MailIntake,
        outgoing: OutgoingMails,
        files: FileStore,
        bus: EventBus,
        replica: Replica,
        turns_wait: Callable[[], None],
        share: LiveShare,
        observer: Observer,
    ) -> None:
        self._mails = mails
        self._intake = intake
        self._outgoing = outgoing
        self._files = files
        self._bus = bus
        self._replica = replica
        self._turns_wait = turns_wait
        self._share = share
        self._observer = observer
        self._arrived = asyncio.Event()

    def wake(self) -> None:
        """Say that a mail may wait in the spool."""
        self._arrived.set()

    async def arrival(self, limit: float) -> None:
        """Wait for word of a new mail, at most `limit` seconds."""
        try:
            async with asyncio.timeout(limit):
                await self._arrived.wait()
        except TimeoutError:
            pass  # look again: word can be lost, and a due time may have come
        self._arrived.clear()

    async def claim(self, limit: int) -> list[KeptMail]:
        """Take up to `limit` mails to read, one while somebody waits live."""
        return await self._mails.claim(self._replica.number, 1 if self._share.busy else limit)

    async def breathe(self, took: float) -> None:
        """After `took` seconds of reading leave the time to who waits live."""
        await self._share.breathe(took)

    async def take(self, kept: KeptMail, mail: ReadMail) -> Taken:
        """Bring a mail into its conversation and start its turn."""
        mail = replace(mail, text=mask_for_storage(mail.text), words=mask_for_storage(mail.words))
        await self._to_disk(kept)
        for file in mail.files:
            await _written(self._files.path(file.sha256), file.data)
        taken = await self._intake.accept(kept, mail)
        for file in mail.files:  # the deletion of a customer may have taken away the same content meanwhile
            await _written(self._files.path(file.sha256), file.data)
        self._observer.message(CHANNEL, taken.outcome)
        self._turns_wait()
        if taken.conversation_id is not None:
            self._bus.bring(taken.conversation_id, Lagged())
        return taken

    async def record(self, kept: KeptMail, reason: str, mail: ReadMail | None = None) -> None:
        """Keep a mail that is never answered, with the reason."""
        if mail is not None:
            mail = replace(mail, text=mask_for_storage(mail.text), words=mask_for_storage(mail.words))
            mail = fold(mail)
        await self._to_disk(kept)
        await self._mails.record(kept, reason, mail)
        self._observer.message(CHANNEL, "recorded")

    async def wrote(self, message_id: str) -> bool:
        """Say whether a Message-ID is that of a mail of ours."""
        return await self._outgoing.wrote(message_id)

    async def put_back(self, kept: KeptMail, *, seconds: float) -> None:
        """Let a mail be read again later."""
        await self._mails.put_back(kept, seconds=seconds)

    async def bounced(self, *, message_id: str | None, recipient: str | None, reason: str) -> bool:
        """Mark the answer that a report speaks of as failed; False when it is none of ours."""
        return await self._outgoing.bounced(message_id=message_id, recipient=recipient, reason=reason)

    async def answer_to(self, delivery: Delivery) -> AnswerTo | None:
        """Return what a delivery answers and where it goes."""
        return await self._outgoing.answer_to(delivery)

    async def files(self, message_id: UUID) -> tuple[MailFile, ...]:
        """Return the files that go out with a message; raise `DeliveryFailed` where one is gone."""
        found = []
        for row in await self._outgoing.files(message_id):
            try:
                data = await asyncio.to_thread(self._files.path(row["sha256"]).read_bytes)
            except FileNotFoundError:
                raise DeliveryFailed("An attached file is gone.", permanent=True) from None
            found.append(MailFile(name=row["name"], media_type=row["media_type"], data=data))
        return tuple(found)

    async def sending(self, delivery: Delivery, *, message_id: str, recipient: str, subject: str) -> None:
        """Note the Message-ID of a delivery before it goes out."""
        await self._outgoing.sending(delivery, message_id=message_id, recipient=recipient, subject=subject)

    async def _to_disk(self, kept: KeptMail) -> None:
        if kept.raw is not None:
            await _written(kept.path, kept.raw)


async def _written(path: Path, data: bytes) -> None:
    try:
        await asyncio.to_thread(write_durably, path, data)
    except OSError as error:
        raise StoreAway("The mail can't be stored for the moment.", retry_after=5.0) from error
