"""Sends what is queued through its channel, with backoff; a permanent failure goes to the operator."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import count
from typing import Final

import structlog

from orchestrator.conversation.delivery_queue import S, SendQueue
from orchestrator.conversation.message import Delivery
from orchestrator.errors import StoreAway
from orchestrator.observe import Observer
from orchestrator.store.replica import Replica
from orchestrator.worker import Backoff, Worker

log = structlog.get_logger()
LATER = Backoff(first=5.0, longest=6 * 3600.0)
TRIES = 20
SEND_LIMIT = 3600.0
"""A last resort: the time-outs of a channel's own protocol come first."""
DOUBT_PAUSE = 900.0
"""Seconds before what may have arrived is sent once more: by then its server has made up its mind."""
STOPPED: Final = "The gateway was stopped before this was sent."
AWAY, BROKEN = Backoff(first=0.1, longest=2.0), Backoff(first=0.1, longest=30.0)
"""Pauses between tries to store an outcome: while the store is away, and while storing fails."""
LAST_WORDS = 3.0
"""Seconds in which those whose sending was cut at a stop may still write that down."""

Send = Callable[[Delivery], Awaitable[None]]
Write = Callable[[], Awaitable[None]]


class DeliveryFailed(Exception):
    """The channel can't send this: `permanent` says that trying again is of no use."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class DeliveryUnknown(DeliveryFailed):
    """All was handed over and nothing was answered: it may have arrived (RFC 1047)."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=False)


class Deliverer(Worker[S]):
    """Claims what is due in one queue and sends each through its channel.

    Of one lane up to `per_lane` at a time. What a channel took is noted however long the store is away, and
    never sent again by this process.
    """

    def __init__(
        self,
        *,
        name: str = "deliveries",
        queue: SendQueue[S],
        replica: Replica,
        senders: Mapping[str, Callable[[S], Awaitable[None]]],
        width: int = 8,
        per_lane: int = 8,
        tick: float = 1.0,
        later: Backoff = LATER,
        doubt_pause: float = DOUBT_PAUSE,
        grace: float = 5.0,
        observer: Observer,
    ) -> None:
        """`grace` is how many seconds what is under way has to end at a stop."""
        super().__init__(name, width=width, tick=tick, grace=grace, last_words=LAST_WORDS)
        self._queue = queue
        self._replica = replica
        self._senders = senders
        self._per_lane = per_lane
        self._later = later
        self._doubt_pause = doubt_pause
        self._observer = observer

    async def claim(self, free: int) -> Sequence[S]:
        """Take what is due, of no lane too much."""
        held = self.running
        return await self._queue.claim(
            self._replica.number,
            free,
            held=[item.id for item in held],
            busy=Counter(item.lane for item in held),
            per_lane=self._per_lane,
        )

    async def renew(self, items: Sequence[S]) -> None:
        """Say again and again what is still being sent: only what nobody speaks for is taken over."""
        if items:
            await self._queue.renew([item.id for item in items], replica=self._replica.number)

    async def run(self, item: S) -> None:
        """Send one, and write down what became of it; what a stop cuts is put back."""
        try:
            error = await self._try(item)
        except asyncio.CancelledError:
            log.info("a delivery was put back", delivery=str(item.id), channel=item.channel)
            await self._store(item, lambda: self._queue.again(item, seconds=0.0, error=STOPPED))
            raise
        outcome, write = self._ending(item, error)
        await self._store(item, write)
        self._observer.delivery(item.channel, outcome)

    async def _try(self, item: S) -> DeliveryFailed | None:
        """Send; return what went wrong, None when the channel took it."""
        sender = self._senders.get(item.channel)
        if sender is None:
            return DeliveryFailed("This channel is not running.", permanent=False)
        try:
            async with asyncio.timeout(SEND_LIMIT):
                await sender(item)
        except DeliveryFailed as failure:
            return failure
        except TimeoutError:
            return DeliveryFailed("The channel took too long.", permanent=False)
        except StoreAway as away:
            return DeliveryFailed(str(away), permanent=False)
        except Exception as error:
            log.exception("a channel failed to send", channel=item.channel)
            return DeliveryFailed(type(error).__name__, permanent=False)
        return None

    def _ending(self, item: S, error: DeliveryFailed | None) -> tuple[str, Write]:
        """Return what is counted and what is to be written."""
        if error is None:
            return "sent", lambda: self._queue.sent(item)
        unknown = isinstance(error, DeliveryUnknown)
        words = f"It may have arrived: {error}" if unknown else str(error)
        # Sent twice without an answer, a third copy would help nobody: a human can ask.
        if error.permanent or item.attempt >= TRIES or (unknown and item.doubts > 0):
            log.error("a delivery failed for good", delivery=str(item.id), channel=item.channel)
            return "failed", lambda: self._queue.failed(item, error=words)
        if unknown:
            log.warning("nobody knows whether a delivery arrived", delivery=str(item.id))
        seconds = self._doubt_pause if unknown else self._later.pause(item.attempt)
        outcome = "unknown" if unknown else "again"
        return outcome, lambda: self._queue.again(item, seconds=seconds, error=words, doubt=unknown)

    async def _store(self, item: S, write: Write) -> None:
        """Write an outcome, however long the store is away: what is known must not be forgotten."""
        for tries in count(1):
            try:
                await write()
                return
            except StoreAway:
                pauses = AWAY
                if tries == 1:
                    log.warning("a delivery's outcome waits for the store", delivery=str(item.id))
            except Exception:
                pauses = BROKEN
                log.exception("a delivery's outcome could not be written", delivery=str(item.id))
            try:
                await asyncio.sleep(pauses.pause(tries))
            except asyncio.CancelledError:
                log.error("stopped before a delivery's outcome was stored", delivery=str(item.id))
                raise
