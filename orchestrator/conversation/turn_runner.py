"""Runs turns: this replica's own at once, those a dead replica left soon after."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from orchestrator.conversation.live_share import LiveShare
from orchestrator.conversation.turn_queue import TurnClaim, TurnQueue
from orchestrator.errors import LeaseLost, StoreAway
from orchestrator.store.replica import Replica
from orchestrator.worker import Supervised

log = structlog.get_logger()
TICK = 1.0
GIVE_UP_AFTER = 3
ATTEMPTS = 50

WORK = ["work"]
"""The notice that another replica's hands are full."""

Run = Callable[[TurnClaim], Awaitable[None]]


class TurnRunner:
    """Claims due turns and runs up to `width` of them side by side, one at a time per customer.

    `run` runs a turn; `give_up` ends one that failed three times. Where people wait live, the turns of
    patient channels have no more than their `share`.
    """

    def __init__(
        self,
        *,
        turns: TurnQueue,
        replica: Replica,
        run: Run,
        give_up: Run,
        width: int,
        share: LiveShare | None = None,
        tick: float = TICK,
    ) -> None:
        self.share = share or LiveShare()
        self._turns = turns
        self._replica = replica
        self._run = run
        self._give_up = give_up
        self._width = width
        self._tick = tick
        self._woken = asyncio.Event()
        self._look_for_dead = False
        self._running: dict[asyncio.Task[None], TurnClaim] = {}
        self._claiming = Supervised("turns", self._claim_turns)
        self._leases = Supervised("leases", self._keep_leases)
        self._draining = False

    @property
    def busy(self) -> int:
        """Return how many turns run now."""
        return len(self._running)

    @property
    def parts(self) -> tuple[Supervised, ...]:
        """Return the work that goes on in the background."""
        return self._claiming, self._leases

    def start(self) -> None:
        """Begin to claim turns."""
        for part in self.parts:
            part.start()

    def wake(self) -> None:
        """Say that a turn may be due; another replica is told when this one is full."""
        self._woken.set()
        if len(self._running) >= self._width:
            self._replica.tell(WORK)

    async def drain(self, limit: float) -> None:
        """Claim no more, let running turns end for `limit` seconds, leave the rest to another replica."""
        self._draining = True
        self._woken.set()
        # Not cancelled: a claim that is just being committed would belong to nobody.
        await self._claiming.ended(limit)
        if self._running:
            await asyncio.wait(list(self._running), timeout=limit)
        left = [claim.lease for claim in self._running.values()]
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for part in self.parts:
            await part.stop()
        if left:
            with contextlib.suppress(StoreAway):  # then their leases run out
                await self._turns.release(left)

    async def _claim_turns(self) -> None:
        while not self._draining:
            self._woken.clear()
            free = self._width - len(self._running)
            claims = await self._take(free) if free > 0 else []
            for claim in claims:
                self._spawn(claim)
            if len(claims) < free or free <= 0:
                await self._pause()

    async def _take(self, free: int) -> list[TurnClaim]:
        """Take what a dead replica left, once per tick and first: a full house must not starve it."""
        left: list[TurnClaim] = []
        if self._look_for_dead:
            self._look_for_dead = False
            left = await self._patient(self._take_over, free)
        for claim in left:
            log.info("took over a turn", turn=str(claim.lease.turn_id), attempt=claim.lease.attempt)
        if len(left) == free:
            return left
        return left + await self._claim(free - len(left))

    async def _claim(self, free: int) -> list[TurnClaim]:
        """Claim what people wait for first, then what is patient, as far as it may run now."""
        patient = sorted(self.share.patient)
        kept = min(free, self.share.kept(self._width))
        claims = await self._patient(partial(self._turns.claim, but=patient), free - kept)
        full = len(claims) == free - kept
        if room := min(free - len(claims), self.share.room(live=bool(claims))) if patient else 0:
            claims += await self._patient(partial(self._turns.claim, only=patient), room)
        if kept and full and len(claims) < free:  # no mail wants the place
            claims += await self._patient(partial(self._turns.claim, but=patient), free - len(claims))
        return claims

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._tick):
                await self._woken.wait()
        except TimeoutError:
            pass  # look again: another replica, or a due time, may have left something

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._tick)
            try:
                await self._turns.renew([claim.lease for claim in self._running.values()])
                await self._replica.look_around()
            except StoreAway:
                continue
            except Exception:
                log.exception("leases could not be renewed")
                continue
            self._look_for_dead = True
            self._woken.set()

    async def _take_over(self, replica: int, free: int) -> list[TurnClaim]:
        mine = [claim.lease.turn_id for claim in self._running.values()]
        return await self._turns.take_over(replica, free, mine=mine)

    async def _patient(
        self, take: Callable[[int, int], Awaitable[list[TurnClaim]]], free: int
    ) -> list[TurnClaim]:
        """Take nothing where taking fails: whatever the reason, the next look must follow."""
        try:
            return await take(self._replica.number, free)
        except StoreAway:
            return []
        except Exception:
            log.exception("turns could not be claimed")
            return []

    def _spawn(self, claim: TurnClaim) -> None:
        self.share.began(claim.channel)
        task = asyncio.create_task(self._guarded(claim))
        self._running[task] = claim
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.share.ended(self._running.pop(task).channel)
        self._woken.set()  # the same customer's next turn may have waited for this one

    async def _guarded(self, claim: TurnClaim) -> None:
        """Run one turn; one that fails is left to its lease's end and then tried again."""
        try:
            if claim.failures >= GIVE_UP_AFTER or claim.lease.attempt > ATTEMPTS:
                await self._give_up(claim)
            else:
                await self._run(claim)
        except LeaseLost:
            log.warning("a turn was taken over", turn=str(claim.lease.turn_id))
        except StoreAway:
            log.warning("a turn waits for the store", turn=str(claim.lease.turn_id))
        except Exception:
            log.exception("a turn failed", turn=str(claim.lease.turn_id))
            await self._count_failure(claim)

    async def _count_failure(self, claim: TurnClaim) -> None:
        try:
            await self._turns.failed(claim.lease)
        except StoreAway:
            log.warning("a failure could not be counted", turn=str(claim.lease.turn_id))
