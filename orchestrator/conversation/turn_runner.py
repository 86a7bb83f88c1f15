"""Runs turns: this replica's own at once, those a dead replica left soon after."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import structlog

from orchestrator.conversation.live_share import LiveShare
from orchestrator.conversation.turn_queue import TurnClaim, TurnQueue
from orchestrator.errors import LeaseLost, StoreAway
from orchestrator.store.replica import Replica
from orchestrator.worker import Worker

log = structlog.get_logger()
GIVE_UP_AFTER = 3
ATTEMPTS = 50

WORK = ["work"]
"""The notice that another replica's hands are full."""

Run = Callable[[TurnClaim], Awaitable[None]]
Take = Callable[[int, int], Awaitable[list[TurnClaim]]]


class TurnRunner(Worker[TurnClaim]):
    """Claims due turns and runs up to `width` of them side by side, one at a time per customer.

    `answer` runs a turn; `give_up` ends one that failed three times. Where people wait live, the turns of
    patient channels have no more than their `share`.
    """

    def __init__(
        self,
        *,
        turns: TurnQueue,
        replica: Replica,
        answer: Run,
        give_up: Run,
        width: int,
        share: LiveShare | None = None,
        tick: float = 1.0,
    ) -> None:
        super().__init__("turns", width=width, tick=tick)
        self.share = share or LiveShare()
        self._turns = turns
        self._replica = replica
        self._answer = answer
        self._give_up = give_up
        self._look_for_dead = False

    def wake(self) -> None:
        """Say that a turn may be due; another replica is told when this one is full."""
        super().wake()
        if self.full:
            self._replica.tell(WORK)

    async def drain(self, limit: float) -> None:
        """Claim no more, let running turns end for `limit` seconds, leave the rest to another replica."""
        if left := await self.stop(limit):
            with contextlib.suppress(StoreAway):  # then their leases run out
                await self._turns.release([claim.lease for claim in left])

    async def claim(self, free: int) -> Sequence[TurnClaim]:
        """Take what a dead replica left, once per tick and first: a full house must not starve it."""
        claims: list[TurnClaim] = []
        if self._look_for_dead:
            self._look_for_dead = False
            claims = await self._patient(self._take_over, free)
        for claim in claims:
            log.info("took over a turn", turn=str(claim.lease.turn_id), attempt=claim.lease.attempt)
        if len(claims) < free:
            claims += await self._new(free - len(claims))
        for claim in claims:
            self.share.began(claim.channel)
        return claims

    async def run(self, item: TurnClaim) -> None:
        """Run one turn; one that fails is left to its lease's end and then tried again."""
        try:
            if item.failures >= GIVE_UP_AFTER or item.lease.attempt > ATTEMPTS:
                await self._give_up(item)
            else:
                await self._answer(item)
        except LeaseLost:
            log.warning("a turn was taken over", turn=str(item.lease.turn_id))
        except StoreAway:
            log.warning("a turn waits for the store", turn=str(item.lease.turn_id))
        except Exception:
            log.exception("a turn failed", turn=str(item.lease.turn_id))
            await self._count_failure(item)
        finally:
            self.share.ended(item.channel)

    async def renew(self, items: Sequence[TurnClaim]) -> None:
        """Renew the leases, see who else lives, and look for what the dead have left."""
        await self._turns.renew([claim.lease for claim in items])
        await self._replica.look_around()
        self._look_for_dead = True
        super().wake()

    async def _new(self, free: int) -> list[TurnClaim]:
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

    async def _take_over(self, replica: int, free: int) -> list[TurnClaim]:
        mine = [claim.lease.turn_id for claim in self.running]
        return await self._turns.take_over(replica, free, mine=mine)

    async def _patient(self, take: Take, free: int) -> list[TurnClaim]:
        """Take nothing where taking fails: what was taken before must be run."""
        try:
            return await take(self._replica.number, free)
        except StoreAway:
            return []
        except Exception:
            log.exception("turns could not be claimed")
            return []

    async def _count_failure(self, claim: TurnClaim) -> None:
        try:
            await self._turns.failed(claim.lease)
        except StoreAway:
            log.warning("a failure could not be counted", turn=str(claim.lease.turn_id))
