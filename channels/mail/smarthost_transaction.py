"""One message through one SMTP connection: envelope, extensions, content, what the server said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import aiosmtplib

from channels.mail.mailbox import AddressInvalid, Mailbox, read_mailbox
from channels.mail.relay import AllRefused, Refused, Sent, short_reply
from channels.mail.smarthost_settings import RelayLimits
from orchestrator.delivery import DeliveryFailed

_LOGIN: Final = frozenset({530, 534, 535, 538})  # about our login, not about this message (RFC 4954)
_NO_UTF8: Final = "The server does not offer SMTPUTF8, which this address needs."


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """A message ready for the wire: CRLF only, dots doubled, addresses in one spelling."""

    sender: Mailbox | None
    recipients: tuple[Mailbox, ...]
    invalid: tuple[Refused, ...]
    content: bytes
    size: int
    utf8_headers: bool
    eight_bit: bool


def outgoing(message: bytes, *, sender: str, recipients: Sequence[str]) -> Outgoing:
    """Prepare a message; raises `DeliveryFailed` for a sender that is no address, or without recipients."""
    crlf = message if message.endswith(b"\r\n") else message + b"\r\n"
    if not crlf.count(b"\r\n") == crlf.count(b"\n") == crlf.count(b"\r"):  # bare ones serve smuggling only
        crlf = crlf.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    valid, invalid = _recipients(recipients)
    head = crlf.partition(b"\r\n\r\n")[0]
    return Outgoing(
        sender=_sender(sender),
        recipients=valid,
        invalid=invalid,
        content=(b"." if crlf.startswith(b".") else b"") + crlf.replace(b"\r\n.", b"\r\n..") + b".\r\n",
        size=len(crlf),
        utf8_headers=not head.isascii(),
        eight_bit=not crlf.isascii(),
    )


async def transact(client: aiosmtplib.SMTP, mail: Outgoing, limits: RelayLimits) -> Sent:
    """Send; raises `DeliveryFailed` for refusals of this message, aiosmtplib's errors when the line broke."""
    recipients, refused = _reachable(client, mail)
    needs_utf8 = mail.utf8_headers or not all(one.ascii for one in (mail.sender, *recipients) if one)
    encoding = "utf-8" if needs_utf8 else "ascii"
    options = _options(client, mail, needs_utf8=needs_utf8)
    try:
        await client.mail(str(mail.sender or ""), options=options, encoding=encoding, timeout=limits.command)
    except aiosmtplib.SMTPSenderRefused as error:
        raise _failed(error.code, error.message) from error
    accepted: list[str] = []
    for recipient in recipients:
        try:
            await client.rcpt(str(recipient), encoding=encoding, timeout=limits.command)
            accepted.append(str(recipient))
        except aiosmtplib.SMTPRecipientRefused as error:
            refused.append(_refused(recipient, error.code, error.message))
    if not accepted:
        raise AllRefused(refused)
    reply = await _content(client, mail, limits)
    return Sent(accepted=tuple(accepted), refused=tuple(refused), reply=reply)


async def _content(client: aiosmtplib.SMTP, mail: Outgoing, limits: RelayLimits) -> str:
    # not client.data(): that rewrites the whole message with regular expressions on the event loop
    ready = await client.execute_command(b"DATA", timeout=limits.command)
    if ready.code != 354:
        raise _failed(ready.code, ready.message)
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("The connection was lost.")
    client.protocol.write(mail.content)
    done = await client.protocol.read_response(timeout=limits.data + mail.size / limits.octets_per_second)
    if not 200 <= done.code < 300:
        raise _failed(done.code, done.message)
    return short_reply(done.message)


def _options(client: aiosmtplib.SMTP, mail: Outgoing, *, needs_utf8: bool) -> list[str]:
    options: list[str] = []
    if client.supports_extension("size"):
        options.append(f"SIZE={mail.size}")
        limit = client.esmtp_extensions["size"].strip()
        if limit.isdecimal() and 0 < int(limit[:18]) < mail.size:
            raise DeliveryFailed("552 The message is larger than the server takes.", permanent=True)
    if mail.eight_bit:
        if not client.supports_extension("8bitmime"):
            raise DeliveryFailed("554 The server takes no 8-bit mail.", permanent=True)
        options.append("BODY=8BITMIME")
    if needs_utf8:
        if not client.supports_extension("smtputf8"):
            raise DeliveryFailed(f"553 {_NO_UTF8}", permanent=True)
        options.append("SMTPUTF8")
    return options


def _reachable(client: aiosmtplib.SMTP, mail: Outgoing) -> tuple[list[Mailbox], list[Refused]]:
    utf8 = client.supports_extension("smtputf8")
    able = [one for one in mail.recipients if one.ascii or utf8]
    refused = [
        Refused(address=str(one), code=553, reply=_NO_UTF8) for one in mail.recipients if one not in able
    ]
    refused += mail.invalid
    if not able:
        raise AllRefused(refused)
    return able, refused


def _sender(sender: str) -> Mailbox | None:
    try:
        return read_mailbox(sender) if sender else None
    except AddressInvalid as error:
        raise DeliveryFailed("The sender's address is not valid.", permanent=True) from error


def _recipients(recipients: Sequence[str]) -> tuple[tuple[Mailbox, ...], tuple[Refused, ...]]:
    if not recipients:
        raise DeliveryFailed("The message has no recipient.", permanent=True)
    valid: dict[str, Mailbox] = {}
    invalid: list[Refused] = []
    for text in recipients:
        try:
            mailbox = read_mailbox(text)
            valid.setdefault(str(mailbox), mailbox)
        except AddressInvalid as error:
            invalid.append(Refused(address=text, code=553, reply=str(error)))
    return tuple(valid.values()), tuple(invalid)


def _refused(recipient: Mailbox, code: int, reply: str) -> Refused:
    permanent = 500 <= code < 600 and code not in _LOGIN
    return Refused(
        address=str(recipient), code=code if permanent or 400 <= code < 500 else 450, reply=short_reply(reply)
    )


def _failed(code: int, reply: str) -> DeliveryFailed:
    permanent = 500 <= code < 600 and code not in _LOGIN
    return DeliveryFailed(f"{code} {short_reply(reply)}", permanent=permanent)
