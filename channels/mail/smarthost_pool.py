"""A bounded pool of SMTP connections: checked before reuse, closed when idle, dropped when in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiosmtplib

from channels.mail.smarthost_settings import RelayLimits
from orchestrator.conversation.deliverer import DeliveryFailed, DeliveryUnknown

CHECK_LIMIT: Final = 5.0
Open = Callable[[], Awaitable[aiosmtplib.SMTP]]


@dataclass(kw_only=True, slots=True)
class _Idle:
    client: aiosmtplib.SMTP
    used: int
    timer: asyncio.TimerHandle


class Pool:
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
