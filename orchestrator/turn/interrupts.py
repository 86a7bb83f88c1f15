"""Callers who speak over a reply: the running turn stops, memory keeps what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

T = TypeVar("T")


class Interrupted(Exception):
    """The caller spoke over the reply; the turn ends with what was heard of it."""


class Interrupts:
    """The turns of this replica that can be interrupted while they run."""

    def __init__(self) -> None:
        self._running: dict[UUID, asyncio.Event] = {}

    @contextmanager
    def listening(self, turn_id: UUID) -> Iterator[asyncio.Event]:
        """Yield the event that is set when the turn is interrupted."""
        event = self._running[turn_id] = asyncio.Event()
        try:
            yield event
        finally:
            del self._running[turn_id]

    def interrupt(self, turn_id: UUID) -> None:
        """Interrupt the turn if it runs here; on another replica its end notices what was written."""
        if event := self._running.get(turn_id):
            event.set()


async def unless_interrupted(work: Coroutine[Any, Any, T], interrupted: asyncio.Event) -> T:
    """Do `work` to its end; cancel it and raise `Interrupted` when the event comes first."""
    task = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(interrupted.wait())
    try:
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        if interrupted.is_set() and not task.done():
            raise Interrupted
        return await task
    finally:
        waiting.cancel()
        task.cancel()
        await asyncio.gather(waiting, task, return_exceptions=True)
