"""One message through one SMTP connection: envelope, extensions, content, what the server said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

from channels.mail.mailbox import AddressInvalid, Mailbox, read_mailbox
from channels.mail.relay import AllRefused, RefusedRecipient, RelayOutcome, short_reply
from channels.mail.smarthost_settings import RelayLimits
from orchestrator.conversation.deliverer import DeliveryFailed, DeliveryUnknown

_LOGIN: Final = frozenset({530, 534, 535, 538})  # about our login, not about this message (RFC 4954)
_BLOCK: Final = 65_536
_NO_UTF8: Final = "The server does not offer SMTPUTF8, which this address needs."


@dataclass(frozen=True, kw_only=True, slots=True)
class WireMessage:
    """A message ready for the wire: CRLF only, dots doubled, addresses in one spelling."""

    sender: Mailbox | None
    recipients: tuple[Mailbox, ...]
    invalid: tuple[RefusedRecipient, ...]
    content: bytes
    size: int
    utf8_headers: bool
    eight_bit: bool


def wire_message(message: bytes, *, sender: str, recipients: Sequence[str]) -> WireMessage:
    """Prepare a message; raises `DeliveryFailed` for a sender that is no address, or without recipients."""
    crlf = message if message.endswith(b"\r\n") else message + b"\r\n"
    if not crlf.count(b"\r\n") == crlf.count(b"\n") == crlf.count(b"\r"):  # bare ones serve smuggling only
        crlf = crlf.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    valid, invalid = _recipients(recipients)
    head = crlf.partition(b"\r\n\r\n")[0]
    return WireMessage(
        sender=_sender(sender),
        recipients=valid,
        invalid=invalid,
        content=(b"." if crlf.startswith(b".") else b"") + crlf.replace(b"\r\n.", b"\r\n..") + b".\r\n",
        size=len(crlf),
        utf8_headers=not head.isascii(),
        eight_bit=not crlf.isascii(),
    )


async def transact(client: aiosmtplib.SMTP, mail: WireMessage, limits: RelayLimits) -> RelayOutcome:
    """Send; raises `DeliveryFailed` for refusals of this message, aiosmtplib's errors when the line broke.

    Raises `DeliveryUnknown` when everything was handed over and no answer came, also where it is cancelled
    then: nobody may take that for not sent.
    """
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
    return RelayOutcome(accepted=tuple(accepted), refused=tuple(refused), reply=reply)


async def _content(client: aiosmtplib.SMTP, mail: WireMessage, limits: RelayLimits) -> str:
    # not client.data(): that rewrites the whole message with regular expressions on the event loop
    ready = await client.execute_command(b"DATA", timeout=limits.data)
    if ready.code != 354:
        raise _failed(ready.code, ready.message)
    if client.protocol is None or client.transport is None:
        raise aiosmtplib.SMTPServerDisconnected("The connection was lost.")
    protocol = client.protocol
    # A drained line has then taken everything.
    cast(asyncio.WriteTransport, client.transport).set_write_buffer_limits(high=0)
    answer = asyncio.ensure_future(protocol.read_response())  # a refusal may come in the middle
    try:
        await asyncio.sleep(0)  # it listens now: what came before that would be dropped
        last = len(mail.content) - 1 - (len(mail.content) - 1) % _BLOCK
        for begin in range(0, last, _BLOCK):
            if answer.done():
                break
            await _taken(protocol, mail.content[begin : begin + _BLOCK], answer, limits.block)
        if answer.done():
            client.close()  # the server would read what follows as commands
        else:
            await _last_block(protocol, mail.content[last:], answer, limits)
        done = await answer
    finally:
        await _ended(answer)
    if not 200 <= done.code < 300:
        raise _failed(done.code, done.message)
    return short_reply(done.message)


async def _taken(line: SMTPProtocol, block: bytes, answer: asyncio.Future[Any], limit: float) -> None:
    """Return once the line has the block, or the server has answered without reading it."""
    line.write(block)
    drained = asyncio.ensure_future(line._drain_helper())  # a StreamWriter around it would close the line
    try:
        done, _ = await asyncio.wait({drained, answer}, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            raise TimeoutError
        if drained in done:
            drained.result()
    finally:
        await _ended(drained)


async def _ended(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _last_block(
    line: SMTPProtocol, block: bytes, answer: asyncio.Future[Any], limits: RelayLimits
) -> None:
    """Write what ends with the final dot and wait for the answer; raise `DeliveryUnknown` without one."""
    if not line.is_connected:
        raise aiosmtplib.SMTPServerDisconnected("The connection was lost.")
    try:
        await _taken(line, block, answer, limits.block)
        async with asyncio.timeout(limits.dot):
            await asyncio.wait([answer])
        answer.result()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise DeliveryUnknown(
            f"the smarthost had all of it and did not answer ({type(error).__name__})."
        ) from error
    except asyncio.CancelledError:
        raise DeliveryUnknown("the gateway was stopped before the smarthost had answered.") from None


def _options(client: aiosmtplib.SMTP, mail: WireMessage, *, needs_utf8: bool) -> list[str]:
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


def _reachable(client: aiosmtplib.SMTP, mail: WireMessage) -> tuple[list[Mailbox], list[RefusedRecipient]]:
    utf8 = client.supports_extension("smtputf8")
    able = [one for one in mail.recipients if one.ascii or utf8]
    refused = [
        RefusedRecipient(address=str(one), code=553, reply=_NO_UTF8)
        for one in mail.recipients
        if one not in able
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


def _recipients(recipients: Sequence[str]) -> tuple[tuple[Mailbox, ...], tuple[RefusedRecipient, ...]]:
    if not recipients:
        raise DeliveryFailed("The message has no recipient.", permanent=True)
    valid: dict[str, Mailbox] = {}
    invalid: list[RefusedRecipient] = []
    for text in recipients:
        try:
            mailbox = read_mailbox(text)
            valid.setdefault(str(mailbox), mailbox)
        except AddressInvalid as error:
            invalid.append(RefusedRecipient(address=text, code=553, reply=str(error)))
    return tuple(valid.values()), tuple(invalid)


def _refused(recipient: Mailbox, code: int, reply: str) -> RefusedRecipient:
    permanent = 500 <= code < 600 and code not in _LOGIN
    return RefusedRecipient(
        address=str(recipient), code=code if permanent or 400 <= code < 500 else 450, reply=short_reply(reply)
    )


def _failed(code: int, reply: str) -> DeliveryFailed:
    permanent = 500 <= code < 600 and code not in _LOGIN
    return DeliveryFailed(f"{code} {short_reply(reply)}", permanent=permanent)
