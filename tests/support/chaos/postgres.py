"""A PostgreSQL server that can be stopped, crashed and frozen."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

from orchestrator.store.embedded import EmbeddedPostgres
from tests.support.gateway import embedded_url, postmaster

WAYS = ("stop", "crash", "freeze")
"""Ended in good order; killed with all its children; alive and silent, as behind a cut network."""


class FragilePostgres:
    """One server with its data below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: EmbeddedPostgres | None = None
        self._frozen: list[int] = []

    async def __aenter__(self) -> FragilePostgres:
        await self.bring_back()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            await self.bring_back()
            await self.take_away("stop")

    @property
    def url(self) -> str:
        """Return the address; valid while the server runs."""
        return embedded_url(self._folder)

    async def take_away(self, way: str) -> None:
        """Make the server unreachable in one of the `WAYS`."""
        if way == "crash":
            crash(self._folder)
        elif way == "freeze":
            self._frozen = processes(self._folder)
            _signal(self._frozen, signal.SIGSTOP)
        elif self._server is not None:
            await self._server.stop()
            self._server = None

    async def bring_back(self) -> None:
        """Start or thaw the server; harmless when it runs."""
        _signal(self._frozen, signal.SIGCONT)
        self._frozen = []
        if self._server is not None:
            await self._server.revive()
            return
        self._server = EmbeddedPostgres(self._folder)
        await self._server.start()


def processes(home: Path) -> list[int]:
    """Return the postmaster of a data folder and all its children."""
    pid = postmaster(home)
    if pid is None:
        return []
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def crash(home: Path) -> None:
    """End the server of a data folder with SIGKILL, children and all."""
    _signal(processes(home), signal.SIGKILL)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue  # it ended by itself
