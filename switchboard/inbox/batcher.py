"""Group commit: mails that sessions want kept at about the same time share one transaction."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from orchestrator.errors import StoreAway
from orchestrator.mail.mail_types import Envelope
from switchboard.inbox.config import Batching

log = structlog.get_logger()


KeepAll = Callable[[Sequence[Envelope]], Awaitable[None]]
"""Keeps all of one call or none, durable when it returns, else `StoreAway`."""


@dataclass(frozen=True, slots=True, eq=False)
class _WaitingMail:
    envelope: Envelope
    done: asyncio.Future[None]


class Batcher:
    """`keep` one mail; `run` flies the batches and has to be running meanwhile.

    While one batch is being committed, those that come meanwhile gather for the next: under load batches
    grow by themselves, and a lone mail waits for nobody. What waits is bounded by the sessions that wait
    for their answer.
    """

    def __init__(self, keep_all: KeepAll, batching: Batching) -> None:
        self._keep_all = keep_all
        self._batching = batching
        self._queue: deque[_WaitingMail] = deque()
        self._flying = 0
        self._some = asyncio.Event()
        self._clear = asyncio.Event()
        """No batch is in flight, or a full one waits: the next may go."""
        self._clear.set()

    async def keep(self, envelope: Envelope) -> None:
        """Return when the mail is durable; raise `StoreAway`, or what the spool raised for this very mail."""
        waiting = _WaitingMail(envelope, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._changed()
        await waiting.done

    def _changed(self) -> None:
        full = len(self._queue) >= self._batching.most
        for event, holds in ((self._some, bool(self._queue)), (self._clear, full or not self._flying)):
            if holds:
                event.set()
            else:
                event.clear()

    async def run(self) -> None:
        """Commit batches until cancelled; what still waits then is told `StoreAway`."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._batching.flights):
                    group.create_task(self._fly())
        finally:
            _fail(list(self._queue), StoreAway("The inbox stops."))

    async def _fly(self) -> None:
        while True:
            await self._some.wait()
            await self._linger()
            batch = self._next_batch()
            self._flying += 1
            self._changed()
            try:
                await self._commit(batch)
            finally:
                self._flying -= 1
                self._changed()
                _fail(batch, StoreAway("The inbox stops."))  # only when cut short: else all are told already

    async def _linger(self) -> None:
        try:
            async with asyncio.timeout(self._batching.linger):
                await self._clear.wait()
        except TimeoutError:
            pass  # the batch in flight is slow: do not wait for it any longer

    def _next_batch(self) -> list[_WaitingMail]:
        """Take what fits into one batch, without those whose client has gone meanwhile."""
        batch: list[_WaitingMail] = []
        left = self._batching.most_bytes
        while self._queue and len(batch) < self._batching.most:
            size = len(self._queue[0].envelope.raw)
            if batch and size > left:
                break
            waiting = self._queue.popleft()
            if not waiting.done.done():
                batch.append(waiting)
                left -= size
        return batch

    async def _commit(self, batch: list[_WaitingMail]) -> None:
        if not batch:
            return
        try:
            await self._keep_all([waiting.envelope for waiting in batch])
        except StoreAway as error:
            _fail(batch, error)
        except Exception as error:
            await self._one_by_one(batch, error)
        else:
            for waiting in batch:
                if not waiting.done.done():
                    waiting.done.set_result(None)

    async def _one_by_one(self, batch: list[_WaitingMail], error: Exception) -> None:
        """Find the mail that spoils the batch: the others must not suffer from it."""
        if len(batch) == 1:
            _fail(batch, error)
            return
        log.warning(
            "a batch of mails failed, trying one by one", mails=len(batch), error=type(error).__name__
        )
        for waiting in batch:
            await self._commit([waiting])


def _fail(batch: Sequence[_WaitingMail], error: Exception) -> None:
    for waiting in batch:
        if not waiting.done.done():
            waiting.done.set_exception(error)
