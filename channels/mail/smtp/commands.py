"""The commands of a session (RFC 5321, 3207, 4954, 6531, 2034; LMTP: 2033): a mail is kept before its 250."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Literal, cast

import structlog

from channels.mail.smtp import replies
from channels.mail.smtp.admission import Resize
from channels.mail.smtp.arguments import (
    MECHANISMS,
    LoginFailed,
    MailPath,
    PathInvalid,
    credentials,
    parse_path,
)
from channels.mail.smtp.received_bytes import Body, BodyRefusal
from channels.mail.smtp.session import Farewell, InboxSession
from orchestrator.errors import StoreAway
from orchestrator.mail.mail_types import Envelope

log = structlog.get_logger()

HELO_CHARS = 255


REFUSALS = {
    BodyRefusal.TOO_LARGE: replies.TOO_LARGE,
    BodyRefusal.BARE: replies.BARE_IN_DATA,
    BodyRefusal.NO_ROOM: replies.TOO_BUSY,
}


class SmtpSession(InboxSession):
    """A whole SMTP session."""

    protocol_name: Literal["smtp", "lmtp"] = "smtp"
    _failed_logins = 0

    async def smtp_HELO(self, hostname: str | None) -> None:  # noqa: N802
        """Greet without extensions."""
        if self._meet(hostname):
            await self.push(f"250 {self.hostname}")
        else:
            await self.push(replies.SYNTAX)

    async def smtp_EHLO(self, hostname: str | None) -> None:  # noqa: N802
        """Greet and tell what can be done here."""
        if not self._meet(hostname):
            await self.push(replies.SYNTAX)
            return
        lines = [self.hostname, *self._extensions()]
        text = "".join(f"250-{line}\r\n" for line in lines[:-1])
        await self.push(f"{text}250 {lines[-1]}")

    def _meet(self, hostname: str | None) -> bool:
        """Note the client's name, whatever it is; only none at all is wrong."""
        if not hostname:
            return False
        self.helo = hostname[:HELO_CHARS].encode("ascii", "replace").decode()
        self._set_rset_state()
        return True

    def _extensions(self) -> list[str]:
        offered = [f"SIZE {self.settings.size_bytes}", "8BITMIME", "SMTPUTF8", "PIPELINING"]
        if self.reception.certificates is not None and not self.tls:
            offered.append("STARTTLS")
        if self._login_offered and self.tls:
            offered.append(f"AUTH {' '.join(MECHANISMS)}")
        return [*offered, "ENHANCEDSTATUSCODES"]

    @property
    def _login_offered(self) -> bool:
        return self.reception.check_login is not None

    async def smtp_STARTTLS(self, arg: str | None) -> None:  # noqa: N802
        """Go on encrypted; all that was said before is forgotten."""
        refusal = self._tls_refusal(arg)
        if refusal is not None:
            await self.push(refusal)
            return
        await self.push(replies.TLS_READY)
        await self._encrypt()
        self.helo, self.user = "", None
        self._set_rset_state()

    def _tls_refusal(self, arg: str | None) -> str | None:
        if self.tls:
            return replies.ALREADY_TLS
        if self.reception.certificates is None:
            return replies.NO_TLS
        return replies.SYNTAX if arg else None

    async def _encrypt(self) -> None:
        context = cast(ssl.SSLContext, self.reception.certificates and self.reception.certificates.context())
        # Nothing may come between these two: what is fed after the first would count as encrypted.
        self.wire.clear()
        await self._writer.start_tls(context, ssl_handshake_timeout=self.settings.handshake_seconds)
        self.transport = self._writer.transport
        self.wire.attach(cast(asyncio.Transport, self.transport))
        self.tls = True

    async def smtp_AUTH(self, arg: str | None) -> None:  # noqa: N802
        """Log in, over TLS only."""
        refusal = self._login_refusal()
        if refusal is not None:
            await self.push(refusal)
            return
        try:
            user, password = await credentials(arg, self._ask)
            if not await self._is_right(user, password):
                raise LoginFailed(replies.LOGIN_WRONG)
        except LoginFailed as failed:
            await self._login_failed(failed.reply)
            return
        self.user = user
        await self.push(replies.LOGGED_IN)

    def _login_refusal(self) -> str | None:
        if not self._login_offered:
            return replies.NOT_OFFERED
        if not self.helo:
            return self.greeting_needed
        if not self.tls:
            return replies.LOGIN_NEEDS_TLS
        return replies.ALREADY_LOGGED_IN if self.user is not None or self.in_transaction else None

    async def _ask(self, challenge: str) -> bytes:
        await self.push(f"334 {challenge}")
        return await self.wire.readline()

    async def _is_right(self, user: str, password: str) -> bool:
        check = self.reception.check_login
        if check is None:
            return False
        try:
            async with asyncio.timeout(self.settings.keep_seconds):
                return await check(user, password)
        except TimeoutError:
            raise LoginFailed(replies.LOGIN_AWAY) from None

    async def _login_failed(self, reply: str) -> None:
        self._failed_logins += 1
        log.warning("a mail login failed", peer=self.peer)
        await self.push(reply)
        if self._failed_logins >= self.settings.logins:
            raise Farewell(replies.TOO_MANY_LOGINS)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """Begin a mail."""
        reply = self._before_mail()
        if reply is None:
            reply = self._take_sender(arg or "")
        await self.push(reply)

    def _before_mail(self) -> str | None:
        settings = self.settings
        if not self.helo:
            return self.greeting_needed
        if settings.require_tls and not self.tls:
            return replies.TLS_FIRST
        if settings.auth_required and self.user is None:
            return replies.LOGIN_FIRST
        return replies.NESTED_MAIL if self.in_transaction else None

    def _take_sender(self, arg: str) -> str:
        if arg[:5].upper() != "FROM:":
            return replies.SYNTAX
        try:
            path = parse_path(arg[5:])
        except PathInvalid:
            return replies.BAD_SENDER
        refusal = self._parameter_refusal(path) or self.reception.limits.mail(self.group)
        if refusal is not None:
            return refusal
        self.envelope = self._create_envelope()
        self.envelope.mail_from = path.address
        self.envelope.smtp_utf8 = "SMTPUTF8" in path.parameters or not path.address.isascii()
        return replies.SENDER_OK

    def _parameter_refusal(self, path: MailPath) -> str | None:
        given = path.parameters
        size = given.get("SIZE", "0") or ""
        if not (size.isascii() and size.isdigit() and len(size) <= 20):  # RFC 1870
            return replies.SYNTAX
        if int(size) > self.settings.size_bytes:
            return replies.TOO_LARGE
        if (given.get("BODY", "7BIT") or "").upper() not in ("7BIT", "8BITMIME"):
            return replies.SYNTAX
        if given.get("SMTPUTF8") is not None:
            return replies.SYNTAX
        known = {"SIZE", "BODY", "SMTPUTF8", "AUTH"}  # AUTH: RFC 4954 5, accepted and not used
        return replies.UNKNOWN_PARAMETER if given.keys() - known else None

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """Take one recipient."""
        await self.push(self._take_recipient(arg or ""))

    def _take_recipient(self, arg: str) -> str:
        if self.envelope is None or not self.in_transaction:
            return replies.MAIL_FIRST if self.helo else self.greeting_needed
        if arg[:3].upper() != "TO:":
            return replies.SYNTAX
        try:
            path = parse_path(arg[3:])
        except PathInvalid:
            return replies.BAD_RECIPIENT
        refusal = self._recipient_refusal(path, len(self.envelope.rcpt_tos))
        if refusal is None:
            self.envelope.rcpt_tos.append(path.address)
        return refusal or replies.RECIPIENT_OK

    def _recipient_refusal(self, path: MailPath, taken: int) -> str | None:
        if path.parameters:
            return replies.UNKNOWN_PARAMETER
        if path.address not in self.reception.recipients:
            return replies.NO_SUCH_MAILBOX
        return replies.TOO_MANY_RECIPIENTS if taken >= self.settings.recipients else None

    async def smtp_RSET(self, arg: str | None) -> None:  # noqa: N802
        """Drop the mail under way."""
        if not arg:
            self._set_rset_state()
        await self.push(replies.SYNTAX if arg else replies.RESET)

    async def smtp_NOOP(self, arg: str | None) -> None:  # noqa: N802
        """Do nothing."""
        await self.push(replies.ALIVE)

    async def smtp_VRFY(self, arg: str | None) -> None:  # noqa: N802
        """Tell nothing of addresses, whether they are ours or not."""
        await self.push(replies.MAYBE if arg else replies.SYNTAX)

    async def smtp_EXPN(self, arg: str | None) -> None:  # noqa: N802
        """Tell nothing of lists either."""
        await self.push(replies.NOT_OFFERED)

    async def smtp_HELP(self, arg: str | None) -> None:  # noqa: N802
        """Name the commands."""
        await self.push(replies.HELP)

    async def smtp_QUIT(self, arg: str | None) -> None:  # noqa: N802
        """Say goodbye."""
        raise Farewell("221 2.0.0 Bye")

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

    async def _read_body(self, body: Body, share: Resize) -> None:
        """Read to the final dot, whether the body is kept or not; raise `TimeoutError` after too long."""
        session_ends = self.wire.ends
        self.wire.ends = min(session_ends, self.loop.time() + self.settings.data_seconds)
        rest = b""
        while not body.ended:
            rest = body.feed(await self.wire.some())
            if not share(body.size):
                body.refuse(BodyRefusal.NO_ROOM)
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
