"""The one loop of background work: claim what is due, run it, renew it, pause; and the one way to back off.

`Supervised` is work that goes on: what fails is named and started again after a pause. With `every` it is a
round, made again at the latest after so many seconds and at once after `wake`; a store that is away is no
failure of a round. `Worker` is a queue's: it claims rows that are due and runs up to `width` of them side by
side. Who has a queue subclasses it and says how to claim, to run and to renew.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from orchestrator.errors import StoreAway

log = structlog.get_logger()
T = TypeVar("T")

LIVED = 30.0
"""Seconds of work after which the next failure is a first one again."""
WELL_AFTER = 2.0
"""Seconds of work after which it is said to be well again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backoff:
    """Pauses in seconds that double from the `first` to the `longest`."""

    first: float
    longest: float

    def pause(self, tries: int) -> float:
        """Return the pause after so many tries, with jitter: many must not come back at the same moment."""
        pause: float = min(self.longest, self.first * 2 ** min(tries - 1, 30))
        return pause * random.uniform(0.8, 1.2)


RESTART = Backoff(first=0.1, longest=30.0)


class Supervised:
    """One piece of background work, named for operators; `work` ends only when it is to end for good.

    Whatever it raises, it is started again. `essential`: without it the gateway should get no traffic.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        every: float | None = None,
        essential: bool = True,
        restart: Backoff = RESTART,
        seen: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`every` (seconds) makes rounds of `work`; `seen` says in one sentence, at once, what is wrong."""
        self.name = name
        self.essential = essential
        self.failures = 0
        self._work = work
        self._every = every
        self._restart = restart
        self._seen = seen
        self._woken = asyncio.Event()
        self._ending = False
        self._task: asyncio.Task[None] | None = None
        self._failed: str | None = None
        self._tries = 0
        self._began = 0.0
        self._pausing = False

    @property
    def trouble(self) -> str | None:
        """Say in one sentence why this work is not being done; None when all is well."""
        if self._task is None:
            return f"{self.name} was not started."
        well = not self._pausing and asyncio.get_running_loop().time() - self._began >= WELL_AFTER
        if self._failed is None or well or self._task.done():
            return self._seen()
        return f"{self.name} failed ({self._failed})."

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """Make the next round at once."""
        self._woken.set()

    async def ended(self, limit: float) -> None:
        """Make no further round and wait for the end, at most `limit` seconds."""
        self._ending = True
        self._woken.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=limit)

    async def stop(self) -> None:
        """Cancel it and wait until it has let go."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._began = loop.time()
            try:
                await (self._work() if self._every is None else self._rounds(self._every))
            except asyncio.CancelledError as error:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                self._note(error)  # somebody cancelled something inside: that is no reason to end
            except Exception as error:
                self._note(error)
            else:
                return
            self._pausing = True
            await asyncio.sleep(self._pause(loop.time() - self._began))
            self._pausing = False

    async def _rounds(self, every: float) -> None:
        while not self._ending:
            self._woken.clear()
            with contextlib.suppress(StoreAway):
                await self._work()
            with contextlib.suppress(TimeoutError):  # look again: word can be lost, a due time may have come
                async with asyncio.timeout(every):
                    await self._woken.wait()

    def _note(self, error: BaseException) -> None:
        self.failures += 1
        self._failed = type(error).__name__
        log.error("background work failed, starting it again", part=self.name, exc_info=error)

    def _pause(self, lived: float) -> float:
        self._tries = 1 if lived >= LIVED else self._tries + 1
        return self._restart.pause(self._tries)


class Worker(ABC, Generic[T]):
    """Claims what is due in one queue and runs up to `width` pieces side by side; a free place is filled.

    `tick` is in seconds. What fails is the queue's to try again: `run` writes it down, or lets the lease end.
    """

    def __init__(
        self,
        name: str,
        *,
        width: int,
        tick: float = 1.0,
        grace: float = 5.0,
        last_words: float | None = None,
    ) -> None:
        """`grace` and `last_words` are seconds at a stop: to end, and, once cut, to write that down."""
        self._width = width
        self._grace = grace
        self._last_words = last_words
        self._claiming = Supervised(name, self._fill, every=tick)
        self._renewing = Supervised(f"{name}_leases", self._renew, every=tick)
        self._running: dict[asyncio.Task[None], T] = {}
        self._stopping = False

    @abstractmethod
    async def claim(self, free: int) -> Sequence[T]:
        """Take up to `free` pieces that are due."""

    @abstractmethod
    async def run(self, item: T) -> None:
        """Do one piece."""

    async def renew(self, items: Sequence[T]) -> None:
        """Say that these are still being run here; called at every tick, with none too."""

    @property
    def running(self) -> list[T]:
        """Return what runs now."""
        return list(self._running.values())

    @property
    def full(self) -> bool:
        """Say whether no place is free."""
        return len(self._running) >= self._width

    @property
    def parts(self) -> tuple[Supervised, ...]:
        """Return the work that goes on in the background."""
        return self._claiming, self._renewing

    def start(self) -> None:
        """Begin to claim."""
        for part in self.parts:
            part.start()

    def wake(self) -> None:
        """Say that something may be due."""
        self._claiming.wake()

    async def stop(self, limit: float | None = None) -> list[T]:
        """Claim no more, let what runs end for `limit` seconds (else the grace), cut and return the rest."""
        limit = self._grace if limit is None else limit
        self._stopping = True
        # Not cancelled: a claim that is just being committed would belong to nobody.
        await self._claiming.ended(limit)
        if self._running:
            await asyncio.wait(list(self._running), timeout=limit)
        left = self.running
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(list(self._running), timeout=self._last_words)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for part in self.parts:
            await part.stop()
        return left

    async def _fill(self) -> None:
        while not self._stopping and (free := self._width - len(self._running)) > 0:
            due = await self._due(free)
            for item in due:
                task = asyncio.create_task(self._guarded(item))
                self._running[task] = item
                task.add_done_callback(self._done)
            if len(due) < free:
                return

    async def _due(self, free: int) -> Sequence[T]:
        try:
            return await self.claim(free)
        except StoreAway:
            raise
        except Exception:  # whatever the reason, the next look must follow soon
            log.exception("due work could not be claimed", part=self._claiming.name)
            return ()

    async def _guarded(self, item: T) -> None:
        try:
            await self.run(item)
        except Exception:
            log.exception("a piece of work failed", part=self._claiming.name)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._claiming.wake()  # a place is free, and what waited for this piece may be due

    async def _renew(self) -> None:
        try:
            await self.renew(self.running)
        except StoreAway:
            raise
        except Exception:
            log.exception("leases could not be renewed", part=self._renewing.name)
