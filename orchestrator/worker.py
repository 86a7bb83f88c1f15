"""Background work that goes on: what fails is named, and started again after a pause."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds before failed work is started again; doubled each time, until it has lived for a while."""
LIVED = 30.0
"""Seconds of work after which the next failure is a first one again."""
SETTLED = 2.0
"""Seconds of work after which it is said to be well again."""


class Supervised:
    """One piece of background work, named for operators; `work` ends only when it is to end for good.

    Whatever it raises, it is started again: with a pause that grows to `longest` seconds, and jitter, so that
    many do not come back at the same moment. `essential`: without it the gateway should get no traffic.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        essential: bool = True,
        first_pause: float = FIRST_PAUSE,
        longest_pause: float = LONGEST_PAUSE,
        seen: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`seen` says in one sentence, at once, what is wrong with what the work looks after."""
        self.name = name
        self.essential = essential
        self.failures = 0
        self._work = work
        self._pause = self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._seen = seen
        self._task: asyncio.Task[None] | None = None
        self._failed: str | None = None
        self._began = 0.0
        self._pausing = False

    @property
    def trouble(self) -> str | None:
        """Say in one sentence why this work is not being done; None when all is well."""
        if self._task is None:
            return f"{self.name} was not started."
        well = not self._pausing and asyncio.get_running_loop().time() - self._began >= SETTLED
        if self._failed is None or well or self._task.done():
            return self._seen()
        return f"{self.name} failed ({self._failed})."

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def ended(self, limit: float) -> None:
        """Wait for its own end, at most `limit` seconds."""
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
                await self._work()
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
            await asyncio.sleep(self._next_pause(loop.time() - self._began))
            self._pausing = False

    def _note(self, error: BaseException) -> None:
        self.failures += 1
        self._failed = type(error).__name__
        log.error("background work failed, starting it again", part=self.name, exc_info=error)

    def _next_pause(self, lived: float) -> float:
        if lived >= LIVED:
            self._pause = self._first_pause
        pause, self._pause = self._pause, min(self._pause * 2, self._longest_pause)
        return pause * random.uniform(0.8, 1.2)
