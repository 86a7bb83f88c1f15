"""Outgoing mail through a smarthost: pooled SMTP connections, TLS by default, each refusal told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Sequence
from typing import Final

import aiosmtplib
import structlog

from channels.mail.relay import Sent, short_reply
from channels.mail.smarthost_pool import Pool
from channels.mail.smarthost_settings import RelayLimits, Smarthost, Tls, read_smarthost
from channels.mail.smarthost_transaction import Outgoing, outgoing, transact
from orchestrator.conversation.deliverer import DeliveryFailed

log = structlog.get_logger()
INLINE: Final = 256 * 1024
_START_TLS: Final[dict[Tls, bool | None]] = {
    Tls.IMPLICIT: False,
    Tls.REQUIRED: True,
    Tls.OFFERED: None,
    Tls.OFF: False,
}


class SmarthostRelay:
    """Sends through one server, up to `limits.connections` messages side by side."""

    def __init__(
        self,
        url: str,
        *,
        helo_name: str = "localhost",
        limits: RelayLimits | None = None,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        """`url` is `smtp[s]://user:pass@host:port`; raises `SmarthostInvalid`.

        `smtp://` needs STARTTLS unless the host is this machine; `?starttls=offered` and `?starttls=off`
        loosen that for a server in one's own network, and are refused together with a password.
        """
        self._smarthost = read_smarthost(url)
        self._helo_name = helo_name
        self._limits = limits or RelayLimits()
        self._tls = tls_context or _tls_context(self._smarthost)
        self._pool = Pool(self._connect, self._limits)

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> Sent:
        """Send, see `Relay.send`. A refusal of the session (TLS, login, banner) is never permanent."""
        mail = await _prepared(message, sender, recipients)
        try:
            async with self._pool.connection() as client:
                sent = await transact(client, mail, self._limits)
        except aiosmtplib.SMTPResponseException as error:
            raise DeliveryFailed(
                f"The smarthost refused the session: {error.code} {short_reply(error.message)}",
                permanent=False,
            ) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise DeliveryFailed(f"The smarthost can't be used: {_reason(error)}", permanent=False) from error
        if sent.refused:
            log.warning("the smarthost refused some recipients", codes=[one.code for one in sent.refused])
        return sent

    async def close(self) -> None:
        """Say goodbye on idle connections; those in use close when they are given back."""
        await self._pool.close()

    async def _connect(self) -> aiosmtplib.SMTP:
        where = self._smarthost
        limits = self._limits
        client = aiosmtplib.SMTP(
            hostname=where.host,
            sock=await _dialled(where, limits.connect),
            username=where.username,
            password=where.password,
            local_hostname=self._helo_name,
            timeout=limits.command,
            use_tls=where.tls is Tls.IMPLICIT,
            start_tls=_START_TLS[where.tls],
            tls_context=self._tls,
        )
        await client.connect(timeout=limits.greeting)
        return client


async def _dialled(where: Smarthost, limit: float) -> socket.socket:
    """Return a connection to the first of the server's addresses that takes one."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(limit):
        found = await loop.getaddrinfo(where.host, where.port, type=socket.SOCK_STREAM)
        refusals: list[OSError] = []
        for family, kind, protocol, _, address in found:
            line = socket.socket(family, kind, protocol)
            line.setblocking(False)
            try:
                await loop.sock_connect(line, address)
            except OSError as error:
                line.close()
                refusals.append(error)
            except BaseException:
                line.close()
                raise
            else:
                return line
        raise refusals[0] if refusals else OSError("The smarthost's name has no address.")


async def _prepared(message: bytes, sender: str, recipients: Sequence[str]) -> Outgoing:
    if len(message) <= INLINE:
        return outgoing(message, sender=sender, recipients=recipients)
    return await asyncio.to_thread(outgoing, message, sender=sender, recipients=recipients)


def _tls_context(smarthost: Smarthost) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if smarthost.loopback and smarthost.tls is Tls.OFFERED:
        context.check_hostname = False  # a mail server on this machine mostly has a made-up certificate
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    return short_reply(str(error)) or type(error).__name__
