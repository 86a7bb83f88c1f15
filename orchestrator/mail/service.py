"""What the mail channel calls with mails that come in: from the spool to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from guardrails.privacy.stand_ins import mask_for_storage
from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.conversation.file_store import FileStore, write_durably
from orchestrator.conversation.turn_runner import LiveShare
from orchestrator.errors import StoreAway
from orchestrator.mail.folding import fold
from orchestrator.mail.intake import MailIntake, Taken
from orchestrator.mail.mail_types import KeptMail, ReadMail
from orchestrator.mail.spool import KeptMails
from orchestrator.observe import Observer
from orchestrator.store.replica import Replica

CHANNEL = "mail"


class MailService:
    """Takes mails from the spool to their conversations; methods raise `StoreAway`."""

    def __init__(
        self,
        *,
        mails: KeptMails,
        intake: MailIntake,
        files: FileStore,
        bus: EventBus,
        replica: Replica,
        turns_wait: Callable[[], None],
        share: LiveShare,
        observer: Observer,
    ) -> None:
        self._mails = mails
        self._intake = intake
        self._files = files
        self._bus = bus
        self._replica = replica
        self._turns_wait = turns_wait
        self._share = share
        self._observer = observer

    async def claim(self, limit: int, *, reading: int) -> list[KeptMail]:
        """Take up to `limit` mails to read; while somebody waits live one, where none is being read."""
        if self._share.busy:
            limit = 0 if reading else 1
        return await self._mails.claim(self._replica.number, limit) if limit else []

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

    async def put_back(self, kept: KeptMail, *, seconds: float) -> None:
        """Let a mail be read again later."""
        await self._mails.put_back(kept, seconds=seconds)

    async def _to_disk(self, kept: KeptMail) -> None:
        if kept.raw is not None:
            await _written(kept.path, kept.raw)


async def _written(path: Path, data: bytes) -> None:
    try:
        await asyncio.to_thread(write_durably, path, data)
    except OSError as error:
        raise StoreAway("The mail can't be stored for the moment.", retry_after=5.0) from error
