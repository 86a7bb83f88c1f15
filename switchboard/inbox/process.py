"""The gateway's side of the inbox: binds its ports, runs its process, and starts it again when it dies.

The listening sockets stay here: while the process is started again, clients wait in their queue.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from typing import Any

import structlog

from channels.mail.smtp.listening import Listening, listen
from switchboard.errors import StartFailed
from switchboard.inbox.config import InboxConfig, Orders

log = structlog.get_logger()

READY_WITHIN = 30.0
"""Seconds from the start of the process to its ready line."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds before a dead process is started again; doubled each time, until one has lived for a while."""
LIVED = 30.0
"""Seconds of life after which the next death is a first one again."""
GRACE = 3.0
"""Seconds beyond its drain that the process gets before it is killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxAddress:
    """Where mail is taken in."""

    smtp: str | None
    """Such as smtp://127.0.0.1:2525; None where SMTP is left out."""
    lmtp: tuple[str, ...]


class InboxProcess:
    """`start`, then `drain`, then `stop`; `counts` is what the process last reported."""

    def __init__(self, config: InboxConfig) -> None:
        self.counts: dict[str, int] = {}
        self.restarts = 0
        self._config = config
        self._listening: Listening | None = None
        self._process: Process | None = None
        self._watcher: asyncio.Task[None] | None = None
        self._draining = False
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the process that runs now; None between two."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> InboxAddress:
        """Bind, start the process, and return once it serves; raises `StartFailed`."""
        try:
            self._listening = listen(self._config.settings)
        except OSError as error:
            raise StartFailed(f"Mail can't be taken in at the address set: {error.strerror}.") from error
        try:
            process = await self._launch()
        except BaseException:
            self._listening.close()
            raise
        self._watcher = asyncio.create_task(self._watch(process))
        return InboxAddress(smtp=self._listening.smtp_url, lmtp=self._listening.lmtp_urls)

    async def drain(self) -> None:
        """From now on senders are told 421; mails under way are still taken."""
        self._draining = True
        await self._tell(b"drain\n")

    async def stop(self) -> None:
        """Finish mails under way, within the time set, end the process and close the ports."""
        self._stopping.set()
        await self._tell(b"stop\n")
        if self._watcher is not None:
            await self._wait_for_end(self._watcher)
        if self._listening is not None:
            self._listening.close()

    async def _wait_for_end(self, watcher: asyncio.Task[None]) -> None:
        _, late = await asyncio.wait([watcher], timeout=self._config.drain_seconds + GRACE)
        if late:
            log.warning("the inbox does not stop, killing it")
            watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)

    async def _tell(self, word: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(word)
            await process.stdin.drain()
        except ConnectionError:
            pass  # it is dead: the watcher sees to that

    async def _launch(self) -> Process:
        assert self._listening is not None
        fds = tuple(sock.fileno() for sock in (*self._listening.smtp, *self._listening.lmtp))
        # -P: packages named like ours in the current folder are not taken for them.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "switchboard.inbox"), stdin=PIPE, stdout=PIPE, pass_fds=fds
        )
        self._process = process
        try:
            async with asyncio.timeout(READY_WITHIN):
                await self._order(process)
        except BaseException as error:
            await self._kill(process)
            if isinstance(error, (TimeoutError, ConnectionError, EOFError)):
                raise StartFailed("The inbox's process does not start; its log says why.") from error
            raise
        return process

    async def _order(self, process: Process) -> None:
        """Hand over the orders and wait for the ready line."""
        assert self._listening is not None
        assert process.stdin is not None
        orders = Orders(
            config=self._config,
            smtp=tuple(sock.fileno() for sock in self._listening.smtp),
            lmtp=tuple(sock.fileno() for sock in self._listening.lmtp),
            parent=os.getpid(),
            draining=self._draining,
        )
        process.stdin.write(orders.line())
        await process.stdin.drain()
        event = await _next_event(process)
        if event is None or event.get("event") != "ready":
            raise EOFError

    async def _watch(self, process: Process) -> None:
        """Read what the process reports until it ends; start it again unless it was told to stop."""
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while True:
            began = loop.time()
            await self._outlive(process)
            if self._stopping.is_set():
                return
            pause = FIRST_PAUSE if loop.time() - began > LIVED else min(pause * 2, LONGEST_PAUSE)
            self.restarts += 1
            log.error("the inbox's process died, starting it again", status=process.returncode, pause=pause)
            if await self._stops_within(pause):
                return
            try:
                process = await self._launch()
            except (StartFailed, OSError):
                log.exception("the inbox's process does not start")

    async def _stops_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._stopping.wait()
        except TimeoutError:
            return False

    async def _outlive(self, process: Process) -> None:
        try:
            while (event := await _next_event(process)) is not None:
                if event.pop("event", None) == "counts":
                    self.counts = event
            await process.wait()
        finally:
            self._process = None
            await self._kill(process)

    async def _kill(self, process: Process) -> None:
        if process.returncode is None:
            try:
                process.kill()
            except ProcessLookupError:
                pass  # it ended by itself just now
            await process.wait()


async def _next_event(process: Process) -> dict[str, Any] | None:
    """Return the next line's JSON, {} for a line that is none of ours, None at the end of the process."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        return None
    try:
        event = json.loads(line)
    except ValueError:
        event = {}
    return event if isinstance(event, dict) else {}
