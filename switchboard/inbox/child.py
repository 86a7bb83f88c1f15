"""What runs in the inbox's process: the sessions, the batches, and an ear for the gateway.

It reads its orders and then words from standard input, one per line: `drain`, `ping`, `stop`. The end of that
input, or another parent than before, means that the gateway is dead: then mails under way are finished
and the process ends. It writes JSON lines to standard output: `ready`, `counts` every second, `pong`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import IO, Any

import structlog

from channels.mail.smtp.inbox import Inbox
from channels.mail.smtp.inbox_settings import ListeningSockets
from orchestrator.mail.mail_types import Envelope
from orchestrator.mail.spool import Spool
from orchestrator.store.database import Database
from switchboard.inbox.accounts import Accounts
from switchboard.inbox.batcher import Batcher
from switchboard.inbox.config import InboxConfig, Orders
from switchboard.logging import configure_logging
from switchboard.settings import LogSettings

log = structlog.get_logger()

CONNECTIONS = 4
"""To the database: one per batch in flight, and some to spare."""
LOOK = 1.0
"""Seconds between looks at the parent and reports of counts."""
ORDERS = 1024 * 1024
"""Bytes that the orders may have."""


def main() -> int:
    """Serve until told to stop."""
    os.set_blocking(1, False)  # a gateway that does not read must not stop us: then reports are lost
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the gateway decides
    with open(0, "rb", buffering=0, closefd=False) as words:  # unbuffered: the loop reads on where this stops
        orders = Orders.read(words.readline(ORDERS))
        return _run(orders, words)


def _run(orders: Orders, words: IO[bytes]) -> int:
    configure_logging(LogSettings(level=orders.config.log_level, format=orders.config.log_format))
    return asyncio.run(_serve(orders, words))


async def _serve(orders: Orders, words: IO[bytes]) -> int:
    config = orders.config
    async with AsyncExitStack() as stack:
        door = _Door(config)
        stack.push_async_callback(door.close)
        batcher = Batcher(door.keep, config.batching)
        batches = _background(stack, batcher.run())
        accounts = Accounts(dict(config.accounts)) if config.accounts else None
        inbox = Inbox(config.settings, batcher.keep, check_login=accounts.check if accounts else None)
        await inbox.start(_listening(orders), draining=orders.draining)
        ear = _Ear(inbox)
        batches.add_done_callback(lambda _: ear.stopping.set())  # without it nothing is kept: begin anew
        await ear.listen(words)
        _background(stack, _report(inbox, ear, orders.parent))
        _say({"event": "ready", "pid": os.getpid()})
        await ear.stopping.wait()
        await inbox.stop(patience=config.drain_seconds)
    return 0


def _listening(orders: Orders) -> ListeningSockets:
    return ListeningSockets(
        smtp=tuple(socket.socket(fileno=fd) for fd in orders.smtp),
        lmtp=tuple(socket.socket(fileno=fd) for fd in orders.lmtp),
    )


def _background(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
    return task


def _say(event: dict[str, object]) -> None:
    try:
        os.write(1, json.dumps(event, separators=(",", ":")).encode() + b"\n")
    except OSError:
        pass  # nobody reads any more: the ear hears of it too


async def _report(inbox: Inbox, ear: _Ear, parent: int) -> None:
    """Tell the counts, a sign of life, and notice the gateway's death even if its pipe lives on."""
    while True:
        await asyncio.sleep(LOOK)
        if os.getppid() != parent:
            ear.stopping.set()
        counts = {**asdict(inbox.counts), "open_sessions": inbox.open_sessions}
        _say({"event": "counts", **counts})


class _Ear(asyncio.Protocol):
    """Hears the gateway's words on standard input."""

    def __init__(self, inbox: Inbox) -> None:
        self.stopping = asyncio.Event()
        self._inbox = inbox
        self._heard = b""

    async def listen(self, words: IO[bytes]) -> None:
        """Begin to hear."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)
        await loop.connect_read_pipe(lambda: self, words)

    def data_received(self, data: bytes) -> None:
        """Obey whole lines."""
        *lines, self._heard = (self._heard + data).split(b"\n")
        if b"drain" in lines:
            self._inbox.drain()
        if b"ping" in lines:
            _say({"event": "pong"})
        if b"stop" in lines:
            self.stopping.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop: the gateway is gone."""
        self.stopping.set()


class _Door:
    """The spool behind a database that need not be there when the process starts."""

    def __init__(self, config: InboxConfig) -> None:
        self._config = config
        self._opening = asyncio.Lock()
        self._database: Database | None = None
        self._spool: Spool | None = None

    async def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Keep them; raises `StoreAway`."""
        if self._spool is None:
            await self._open()
        assert self._spool is not None
        await self._spool.keep(envelopes)

    async def _open(self) -> None:
        async with self._opening:
            if self._spool is None:
                self._database = await Database.open(self._config.database_url, size=CONNECTIONS)
                self._spool = Spool(self._database, self._config.folder)

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()
