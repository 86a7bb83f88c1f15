"""The gateway's side of the inbox: binds its ports, runs its process, and starts it again when it dies.

The listening sockets stay here: while the process is started again, clients wait in their queue.
A process that reports nothing any more counts as dead.
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

from channels.mail.smtp.inbox_settings import InboxSettings, ListeningSockets, listen
from orchestrator.worker import Backoff, Supervised
from switchboard.errors import StartFailed
from switchboard.inbox.config import InboxConfig, Orders
from switchboard.operations.ports import reason

log = structlog.get_logger()

READY_WITHIN = 30.0
"""Seconds from the start of the process to its ready line."""
STARTS = 3
"""Tries to bring up the first process."""
RESTART = Backoff(first=0.1, longest=10.0)
"""Seconds at most before a dead process is started again."""
SILENT = 30.0
"""Seconds without a report, which comes every second, after which a process is frozen, and killed."""
ANSWERS_WITHIN = 1.0
GRACE = 3.0
"""Seconds beyond its drain that the process gets before it is killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxAddress:
    """Where mail is taken in."""

    smtp: str | None
    """Such as smtp://127.0.0.1:2525; None where SMTP is left out."""
    lmtp: tuple[str, ...]


class InboxDied(Exception):
    """The inbox's process ended, or went silent, without being told to."""


class InboxProcess:
    """`start`, then `drain`, then `stop`; `counts` is what the process last reported."""

    def __init__(self, config: InboxConfig, listening: ListeningSockets | None = None) -> None:
        """`listening` are the sockets where they are bound already."""
        self.counts: dict[str, int] = {}
        self.restarts = 0
        self._config = config
        self._listening = listening
        self._process: Process | None = None
        self._launched: Process | None = None
        self._answered = asyncio.Event()
        self.part = Supervised("mail_inbox", self._keep_alive, restart=RESTART)
        self._draining = False
        self._stopping = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the process that runs now; None between two."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> InboxAddress:
        """Bind, start the process, and return once it serves; raises `StartFailed`."""
        if self._listening is None:
            self._listening = bind_mail(self._config.settings)
        try:
            self._launched = await self._first()
        except BaseException:
            self._listening.close()
            raise
        self.part.start()
        return InboxAddress(smtp=self._listening.smtp_url, lmtp=self._listening.lmtp_urls)

    async def drain(self) -> None:
        """From now on senders are told 421; mails under way are still taken."""
        self._draining = True
        await self._tell(b"drain\n")

    async def stop(self) -> None:
        """Finish mails under way, within the time set, end the process and close the ports."""
        self._stopping.set()
        await self._tell(b"stop\n")
        if self._process is not None:
            await self.part.ended(self._config.drain_seconds + GRACE)
        if self._process is not None:
            log.warning("the inbox does not stop, killing it")
        await self.part.stop()
        if self._listening is not None:
            self._listening.close()

    async def trouble(self) -> str | None:
        """Ask the process whether it is there; say in one sentence, within a second or so, why not."""
        if self._process is None:
            return "The mail inbox is being started again."
        self._answered.clear()
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                await self._tell(b"ping\n")
                await self._answered.wait()
        except TimeoutError:
            return "The mail inbox does not answer."
        return None

    async def _tell(self, word: bytes) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(word)
            await process.stdin.drain()
        except (ConnectionError, RuntimeError):
            pass  # it is dead (uvloop: RuntimeError): the part that keeps it alive sees to that

    async def _launch(self) -> Process:
        assert self._listening is not None
        fds = tuple(sock.fileno() for sock in (*self._listening.smtp, *self._listening.lmtp))
        # -P: packages named like ours in the current folder are not taken for them.
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "switchboard.inbox"), stdin=PIPE, stdout=PIPE, pass_fds=fds
            )
        except RuntimeError as error:  # uvloop's word for a child that died right after the fork (uvloop#506)
            raise StartFailed("The inbox's process died as it was started.") from error
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

    async def _first(self) -> Process:
        for _ in range(STARTS - 1):
            try:
                return await self._launch()
            except StartFailed as error:
                log.warning("the inbox's process does not start, trying again", error=str(error))
        return await self._launch()

    async def _keep_alive(self) -> None:
        """Bring up a process where there is none, and outlive it; returns when it was told to stop."""
        if self._stopping.is_set():
            return
        process, self._launched = self._launched, None
        if process is None:
            self.restarts += 1
            process = await self._launch()
        await self._outlive(process)
        if not self._stopping.is_set():
            raise InboxDied(f"The inbox's process ended with {process.returncode}.")

    async def _outlive(self, process: Process) -> None:
        try:
            while (event := await self._report(process)) is not None:
                kind = event.pop("event", None)
                if kind == "counts":
                    self.counts = event
                elif kind == "pong":
                    self._answered.set()
            await process.wait()
        finally:
            self._process = None
            await self._kill(process)

    async def _report(self, process: Process) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(None if self._stopping.is_set() else SILENT):
                return await _next_event(process)
        except TimeoutError as error:
            raise InboxDied(f"The inbox's process was silent for {SILENT:g} seconds.") from error

    async def _kill(self, process: Process) -> None:
        if process.returncode is None:
            try:
                process.kill()
            except ProcessLookupError:
                pass  # it ended by itself just now
            await process.wait()


def bind_mail(settings: InboxSettings) -> ListeningSockets:
    """Bind the ports that mail is taken in at; raises `StartFailed`, which names the variables."""
    try:
        return listen(settings)
    except OSError as error:
        ports = [(settings.smtp_host, settings.smtp_port, "SWITCHBOARD_SMTP_HOST or SWITCHBOARD_SMTP_PORT")]
        if settings.lmtp_port is not None or settings.lmtp_path is not None:
            where = "SWITCHBOARD_MAIL__LMTP_PORT or SWITCHBOARD_MAIL__LMTP_PATH"
            ports.append((settings.lmtp_host, settings.lmtp_port, where))
        where = ", ".join(f"{host}:{port}" for host, port, _ in ports if port is not None)
        raise StartFailed(
            f"Mail can't be taken in at {where or settings.lmtp_path}: {reason(error)};"
            f" set {', '.join(names for _, _, names in ports)}."
        ) from error


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
