"""DATA: the body read in pieces, stored, and only then answered with 250; once per recipient in LMTP."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Literal

import structlog

from channels.mail.envelope import Envelope
from channels.mail.smtp import replies
from channels.mail.smtp.dialogue import Dialogue
from channels.mail.smtp.limits import Share
from channels.mail.smtp.smuggling import Body, Refused
from orchestrator.errors import StoreAway

log = structlog.get_logger()

REFUSALS = {
    Refused.TOO_LARGE: replies.TOO_LARGE,
    Refused.BARE: replies.BARE_IN_DATA,
    Refused.NO_ROOM: replies.TOO_BUSY,
}


class SmtpSession(Dialogue):
    """A whole SMTP session."""

    protocol_name: Literal["smtp", "lmtp"] = "smtp"

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Read one mail, store it, answer."""
        refusal = self._data_refusal(arg)
        if refusal is not None:
            await self.push(refusal)
            return
        await self.push(replies.GO_AHEAD)
        body = Body(self.settings.size_bytes)
        with self.reception.room.share() as share:
            await self._read_body(body, share)
            reply = REFUSALS[body.refused] if body.refused else await self._store(body.content())
        self._count(reply)
        answers = self._answers(reply)
        self.mail_ended()
        await self.push(answers)

    def _data_refusal(self, arg: str | None) -> str | None:
        if not self.helo:
            return self.greeting_needed
        if self.envelope is None or not self.in_transaction:
            return replies.MAIL_FIRST
        if not self.envelope.rcpt_tos:
            return replies.RECIPIENT_FIRST
        return replies.SYNTAX if arg else None

    async def _read_body(self, body: Body, share: Share) -> None:
        """Read to the final dot, whether the body is kept or not; raise `TimeoutError` after too long."""
        session_ends = self.wire.ends
        self.wire.ends = min(session_ends, self.loop.time() + self.settings.data_seconds)
        rest = b""
        while not body.ended:
            rest = body.feed(await self.wire.some())
            if not share.resize(body.size):
                body.refuse(Refused.NO_ROOM)
        self.wire.give_back(rest)
        self.wire.ends = session_ends

    async def _store(self, raw: bytes) -> str:
        try:
            async with asyncio.timeout(self.settings.keep_seconds):
                await self.reception.keep(self._envelope(raw))
        except (StoreAway, TimeoutError):
            return replies.STORE_AWAY
        except Exception:
            log.exception("a mail could not be stored")
            return replies.BROKEN
        return replies.STORED

    def _envelope(self, raw: bytes) -> Envelope:
        envelope = self.envelope
        assert envelope is not None  # DATA comes after MAIL only
        return Envelope(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            peer=self.peer,
            helo=self.helo,
            tls=self.tls,
            protocol=self.protocol_name,
            smtputf8=envelope.smtp_utf8,
            received_at=datetime.now(UTC),
            raw=raw,
            authenticated_as=self.user,
        )

    def _count(self, reply: str) -> None:
        counts = self.reception.counts
        if reply.startswith("2"):
            counts.accepted += 1
        elif reply.startswith("4"):
            counts.deferred += 1
        else:
            counts.refused += 1

    def _answers(self, reply: str) -> str:
        return reply


class LmtpSession(SmtpSession):
    """A whole LMTP session (RFC 2033): LHLO, and one answer per recipient."""

    protocol_name = "lmtp"
    greeting_needed = replies.LHLO_FIRST
    for_everybody = True

    async def smtp_LHLO(self, hostname: str | None) -> None:  # noqa: N802
        """Greet, the only way LMTP knows."""
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str | None) -> None:  # noqa: N802
        """Refuse: that is SMTP."""
        await self.push(replies.UNKNOWN)

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        """Refuse: that is SMTP."""
        await self.push(replies.UNKNOWN)

    def _answers(self, reply: str) -> str:
        count = len(self.envelope.rcpt_tos) if self.envelope is not None else 1
        return "\r\n".join([reply] * count)
