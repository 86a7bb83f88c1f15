"""Sends what is queued through its channel, with backoff; a permanent failure goes to the operator."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from orchestrator.errors import StoreAway
from orchestrator.message import Delivery
from orchestrator.observe import Observer
from orchestrator.store.replica import Replica

log = structlog.get_logger()
FIRST_PAUSE = 5.0
LONGEST_PAUSE = 6 * 3600.0
TRIES = 20
SEND_LIMIT = 90.0

Send = Callable[[Delivery], Awaitable[None]]


class Sendable(Protocol):
    """What lies in a queue; `channel` names who sends it, `attempt` starts at 1."""

    @property
    def id(self) -> UUID:
        """Return what names it, the same on every try."""
        ...

    @property
    def channel(self) -> str:
        """Return the channel that sends it."""
        ...

    @property
    def attempt(self) -> int:
        """Return the number of this try."""
        ...


S = TypeVar("S", bound=Sendable)


class Queue(Protocol[S]):
    """A queue of rows: claimed, then sent, put back with a due time, or failed. Methods raise `StoreAway`."""

    async def claim(self, replica: int, limit: int) -> Sequence[S]:
        """Take up to `limit` that are due."""
        ...

    async def sent(self, item: S, /) -> None:
        """Note that the channel took it."""
        ...

    async def again(self, item: S, /, *, seconds: float, error: str) -> None:
        """Put it back for a later try."""
        ...

    async def failed(self, item: S, /, *, error: str) -> None:
        """Give it up."""
        ...


class DeliveryFailed(Exception):
    """The channel can't send this: `permanent` says that trying again is of no use."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class Deliverer(Generic[S]):
    """Claims what is due in one queue and sends each through its channel, up to `width` at a time."""

    def __init__(
        self,
        *,
        queue: Queue[S],
        replica: Replica,
        senders: Mapping[str, Callable[[S], Awaitable[None]]],
        width: int = 8,
        tick: float = 1.0,
        first_pause: float = FIRST_PAUSE,
        observer: Observer,
    ) -> None:
        self._queue = queue
        self._replica = replica
        self._senders = senders
        self._width = width
        self._tick = tick
        self._first_pause = first_pause
        self._observer = observer
        self._woken = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._loop = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Say that a delivery was queued."""
        self._woken.set()

    async def stop(self) -> None:
        """Stop; what is under way is offered again later."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            due = await self._claim()
            async with asyncio.TaskGroup() as group:
                for delivery in due:
                    group.create_task(self._send(delivery))
            if len(due) < self._width:
                await self._pause()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._tick):
                await self._woken.wait()
        except TimeoutError:
            pass  # look again: a due time may have come

    async def _claim(self) -> Sequence[S]:
        try:
            return await self._queue.claim(self._replica.number, self._width)
        except StoreAway:
            return []
        except Exception:
            log.exception("deliveries could not be claimed")
            return []

    async def _send(self, delivery: S) -> None:
        try:
            error, permanent = await self._try(delivery)
            if error is None:
                await self._queue.sent(delivery)
                self._observer.delivery(delivery.channel, "sent")
            elif permanent or delivery.attempt >= TRIES:
                log.error("a delivery failed for good", delivery=str(delivery.id), channel=delivery.channel)
                await self._queue.failed(delivery, error=error)
                self._observer.delivery(delivery.channel, "failed")
            else:
                await self._queue.again(delivery, seconds=self._wait(delivery.attempt), error=error)
                self._observer.delivery(delivery.channel, "again")
        except StoreAway:
            log.warning("a delivery's outcome could not be stored", delivery=str(delivery.id))
        except Exception:
            log.exception("a delivery's outcome could not be written", delivery=str(delivery.id))

    async def _try(self, delivery: S) -> tuple[str | None, bool]:
        sender = self._senders.get(delivery.channel)
        if sender is None:
            return "This channel is not running.", False
        try:
            async with asyncio.timeout(SEND_LIMIT):
                await sender(delivery)
        except DeliveryFailed as failure:
            return str(failure), failure.permanent
        except TimeoutError:
            return "The channel took too long.", False
        except Exception as error:
            log.exception("a channel failed to send", channel=delivery.channel)
            return type(error).__name__, False
        return None, False

    def _wait(self, attempt: int) -> float:
        pause: float = min(LONGEST_PAUSE, self._first_pause * 2 ** (attempt - 1))
        return pause * random.uniform(0.8, 1.2)  # so that many do not come back at the same moment
