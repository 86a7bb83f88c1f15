"""Mail out through a smarthost: a bounded pool of SMTP connections, TLS by default, each refusal told."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiosmtplib
import structlog

from channels.mail.relay import RelayOutcome, short_reply
from channels.mail.smarthost_settings import RelayLimits, Smarthost, Tls, read_smarthost
from channels.mail.smarthost_transaction import WireMessage, transact, wire_message
from orchestrator.conversation.deliverer import DeliveryFailed, DeliveryUnknown

CHECK_LIMIT: Final = 5.0
Open = Callable[[], Awaitable[aiosmtplib.SMTP]]


@dataclass(kw_only=True, slots=True)
class _Idle:
    client: aiosmtplib.SMTP
    used: int
    timer: asyncio.TimerHandle


class ConnectionPool:
    """Hands out connections; what was refused politely is kept, what broke is closed."""

    def __init__(self, open_connection: Open, limits: RelayLimits) -> None:
        self._open = open_connection
        self._limits = limits
        self._places = asyncio.Semaphore(limits.connections)
        self._idle: list[_Idle] = []
        self._goodbyes: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """Lend one connection; raises `TimeoutError` when none gets free in time."""
        self._closed = False
        async with asyncio.timeout(self._limits.place):
            await self._places.acquire()
        try:
            client, used = await self._take()
            try:
                yield client
            except BaseException as error:
                if isinstance(error, DeliveryFailed) and not isinstance(error, DeliveryUnknown):
                    self._give_back(client, used + 1)
                else:
                    client.close()  # nobody knows where in the dialogue it stands
                raise
            self._give_back(client, used + 1)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Close idle connections politely and wait for that, at most 5 s each."""
        self._closed = True
        while self._idle:
            self._dismiss(self._idle[-1])
        await asyncio.gather(*self._goodbyes)

    async def _take(self) -> tuple[aiosmtplib.SMTP, int]:
        while self._idle:
            idle = self._idle.pop()
            idle.timer.cancel()
            if await _is_alive(idle.client):
                return idle.client, idle.used
        return await self._open(), 0

    def _give_back(self, client: aiosmtplib.SMTP, used: int) -> None:
        if not client.is_connected:
            return
        timer = asyncio.get_running_loop().call_later(self._limits.idle, self._expire, client)
        self._idle.append(_Idle(client=client, used=used, timer=timer))
        if self._closed or used >= self._limits.messages:
            self._dismiss(self._idle[-1])

    def _expire(self, client: aiosmtplib.SMTP) -> None:
        for idle in [one for one in self._idle if one.client is client]:
            self._dismiss(idle)

    def _dismiss(self, idle: _Idle) -> None:
        self._idle.remove(idle)
        idle.timer.cancel()
        task = asyncio.create_task(_quit(idle.client))
        self._goodbyes.add(task)
        task.add_done_callback(self._goodbyes.discard)


async def _is_alive(client: aiosmtplib.SMTP) -> bool:
    try:
        await client.rset(timeout=CHECK_LIMIT)
    except (aiosmtplib.SMTPException, OSError):
        client.close()
        return False
    except BaseException:
        client.close()
        raise
    return True


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=CHECK_LIMIT)
    except (aiosmtplib.SMTPException, OSError):
        pass  # it is gone already
    finally:
        client.close()


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
        self._pool = ConnectionPool(self._connect, self._limits)

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> RelayOutcome:
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


async def _prepared(message: bytes, sender: str, recipients: Sequence[str]) -> WireMessage:
    if len(message) <= INLINE:
        return wire_message(message, sender=sender, recipients=recipients)
    return await asyncio.to_thread(wire_message, message, sender=sender, recipients=recipients)


def _tls_context(smarthost: Smarthost) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if smarthost.loopback and smarthost.tls is Tls.OFFERED:
        context.check_hostname = False  # a mail server on this machine mostly has a made-up certificate
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    return short_reply(str(error)) or type(error).__name__
