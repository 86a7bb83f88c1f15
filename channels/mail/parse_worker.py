"""Reads raw mails in a process of its own, so that a hostile one can't hold up or take down the gateway."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import structlog

from channels.mail.parsed import ParsedMail
from channels.mail.reply_text import ReplyText

log = structlog.get_logger()
LIMIT = 60.0
"""Seconds for one mail."""
LOOK = 0.5
"""Seconds between looks at whether the gateway lives."""
NICE = 10
"""Who chats comes first on a machine that has little to do it with."""
MEMORY = 2 * 1024**3
"""Bytes of address space for the worker."""


class Unreadable(Exception):
    """A mail could not be read: the worker died of it or took too long."""


class ParseWorker:
    """One worker process, started with the first mail and replaced when it dies or hangs."""

    def __init__(self, *, limit: float = LIMIT) -> None:
        self._limit = limit
        self._pool: ProcessPoolExecutor | None = None
        self._one_at_a_time = asyncio.Lock()

    async def read(self, raw: bytes | None, path: Path) -> tuple[ParsedMail, ReplyText]:
        """Parse the mail given as bytes, or as the file `path`, and find its reply; raise `Unreadable`."""
        async with self._one_at_a_time:  # a mail's time is its own, and one that hangs takes no other along
            return await self._read(raw, path)

    async def _read(self, raw: bytes | None, path: Path) -> tuple[ParsedMail, ReplyText]:
        loop = asyncio.get_running_loop()
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=1, mp_context=get_context("spawn"), initializer=_prepare, initargs=(os.getpid(),)
            )
        try:
            async with asyncio.timeout(self._limit):
                return await loop.run_in_executor(self._pool, _read, raw, path)
        except FileNotFoundError as error:
            raise Unreadable("its file is gone") from error
        except (TimeoutError, BrokenProcessPool, MemoryError, OSError) as error:
            self._replace()
            raise Unreadable(type(error).__name__) from error

    def stop(self) -> None:
        """End the worker."""
        self._replace()

    def _replace(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()  # a worker that hangs does not end by being asked
        pool.shutdown(wait=False)


def _prepare(parent: int) -> None:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the gateway decides
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End when the gateway is gone: killed, it can't tell us, and its queue stays open in our own hands."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


def _read(raw: bytes | None, path: Path) -> tuple[ParsedMail, ReplyText]:
    from channels.mail.parse import parse_mail
    from channels.mail.reply_text import extract_reply

    mail = parse_mail(path.read_bytes() if raw is None else raw)
    return mail, extract_reply(mail.text)
