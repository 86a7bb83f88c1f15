"""Turns are rows: claimed under a lease, run, taken over when their replica is gone, ended once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from orchestrator.errors import LeaseLost, StoreAway
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica, gone
from orchestrator.worker import Worker

log = structlog.get_logger()

CALM_AFTER = 2.0
"""Seconds after the last live turn during which the next one is expected."""
PART = 0.2
"""Part of the time that reading mails may take while somebody waits live."""
LONGEST_PAUSE = 1.0


class LiveShare:
    """Counts live turns; `patient` names the channels whose customers don't watch.

    Patient turns are run `most` at a time when nobody waits live, else `least`: never none, so that mail is
    answered however much is chatted.
    """

    def __init__(
        self,
        *,
        patient: Collection[str] = (),
        most: int = 16,
        least: int = 2,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patient = frozenset(patient)
        self._most = most
        self._least = least
        self._clock = clock
        self._live = 0
        self._running = 0
        self._last = float("-inf")

    @property
    def busy(self) -> bool:
        """Say whether somebody waits live, or did a moment ago."""
        return self._live > 0 or self._clock() - self._last < CALM_AFTER

    def room(self, *, live: bool) -> int:
        """Return how many more patient turns may begin now; `live` says that live ones are about to."""
        return max(0, (self._least if live or self.busy else self._most) - self._running)

    def kept(self, width: int) -> int:
        """Return how many of `width` places live turns leave free, so that mail is never starved."""
        return max(0, self._least - self._running) if self.patient and width > self._least else 0

    def began(self, channel: str) -> None:
        """Count a turn of this channel."""
        if channel in self.patient:
            self._running += 1
        else:
            self._live += 1

    def ended(self, channel: str) -> None:
        """Count it no more."""
        if channel in self.patient:
            self._running -= 1
        else:
            self._live -= 1
            self._last = self._clock()

    async def breathe(self, took: float) -> None:
        """After work of `took` seconds wait for so long that it has no more than its part of the time."""
        if self.busy:
            await asyncio.sleep(min(LONGEST_PAUSE, took * (1 / PART - 1)))


_DUE = """
    SELECT t.id, t.customer_id FROM turns t
    WHERE t.state = 'pending' AND t.available_at <= now()
      AND NOT EXISTS (SELECT 1 FROM turns r WHERE r.state = 'running'
        AND (r.customer_id = t.customer_id OR r.conversation_id = t.conversation_id))
"""

# What people wait for comes first, then what is patient, as far as it may run beside that.
CLAIM = f"""
WITH live AS (
    {_DUE} AND t.channel <> ALL($3)
    ORDER BY t.available_at LIMIT $2
    FOR UPDATE OF t SKIP LOCKED
), patient AS (
    {_DUE} AND t.channel = ANY($3)
    ORDER BY t.available_at
    LIMIT (SELECT greatest(0, least($6::bigint - count(*),
        CASE WHEN count(*) > 0 THEN $4::bigint ELSE $5::bigint END)) FROM live)
    FOR UPDATE OF t SKIP LOCKED
), one AS (
    SELECT DISTINCT ON (customer_id) id
    FROM (SELECT id, customer_id, 0 AS place FROM live UNION ALL SELECT id, customer_id, 1 FROM patient) due
    ORDER BY customer_id, place
)
UPDATE turns SET state = 'running', replica = $1, attempt = attempt + 1, renewed_at = now(),
    started_at = coalesce(started_at, now())
FROM one WHERE turns.id = one.id
RETURNING turns.id, conversation_id, customer_id, channel, attempt, failures, created_at, renewed_at
"""

TAKE_OVER = f"""
WITH dead AS (
    SELECT t.id FROM turns t
    WHERE t.state = 'running' AND t.id <> ALL($5)
        AND (t.renewed_at < now() - make_interval(secs => $3)
            OR {gone("t", grace="make_interval(secs => $4)")})
    ORDER BY t.renewed_at LIMIT $2
    FOR UPDATE OF t SKIP LOCKED
)
UPDATE turns SET replica = $1, attempt = attempt + 1, renewed_at = now()
FROM dead WHERE turns.id = dead.id
RETURNING turns.id, conversation_id, customer_id, channel, attempt, failures, created_at, renewed_at
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right of one replica to run one turn; `attempt` fences off whoever had it before."""

    turn_id: UUID
    replica: int
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnClaim:
    """A turn this replica is to run now."""

    lease: Lease
    conversation_id: UUID
    customer_id: UUID
    channel: str
    failures: int
    created_at: datetime
    claimed_at: datetime


class TurnQueue:
    """The queue of turns; `lease` and `grace` are in seconds."""

    def __init__(self, database: Database, *, lease: float = 10.0, grace: float = 2.0) -> None:
        self._database = database
        self._lease = lease
        self._grace = grace

    async def claim(
        self,
        replica: int,
        limit: int,
        *,
        patient: Sequence[str] = (),
        beside: int = 0,
        alone: int = 0,
        free: int = 0,
    ) -> list[TurnClaim]:
        """Take up to `limit` due turns, at most one per customer, of all channels but the `patient` ones.

        Of these up to `beside` are taken where others are, else up to `alone`; no more than `free` in all.
        """
        try:
            rows = await self._database.fetch(CLAIM, replica, limit, list(patient), beside, alone, free)
        except asyncpg.UniqueViolationError:
            rows = await self._claim_one(replica, min(limit, 1), list(patient), beside, alone, min(free, 1))
        return [_claim(row, replica) for row in rows]

    async def _claim_one(self, *values: object) -> list[Any]:
        # Another replica took the same customer's other conversation at this very moment.
        try:
            return await self._database.fetch(CLAIM, *values)
        except asyncpg.UniqueViolationError:
            return []

    async def take_over(self, replica: int, limit: int, *, mine: Sequence[UUID] = ()) -> list[TurnClaim]:
        """Take up to `limit` running turns whose replica is gone; `mine` are those this one still runs."""
        rows = await self._database.fetch(TAKE_OVER, replica, limit, self._lease, self._grace, list(mine))
        return [_claim(row, replica) for row in rows]

    async def renew(self, leases: Sequence[Lease]) -> None:
        """Say that these turns are still being run."""
        await self._database.execute(
            "UPDATE turns SET renewed_at = now() FROM unnest($1::uuid[], $2::int[]) AS l(id, attempt)"
            " WHERE turns.id = l.id AND turns.attempt = l.attempt AND state = 'running'",
            [lease.turn_id for lease in leases],
            [lease.attempt for lease in leases],
        )

    async def release(self, leases: Sequence[Lease]) -> None:
        """Give turns up for whoever comes next, without waiting for their leases to run out."""
        await self._database.execute(
            "UPDATE turns SET renewed_at = '-infinity' FROM unnest($1::uuid[], $2::int[]) AS l(id, attempt)"
            " WHERE turns.id = l.id AND turns.attempt = l.attempt AND state = 'running'",
            [lease.turn_id for lease in leases],
            [lease.attempt for lease in leases],
        )

    async def failed(self, lease: Lease) -> int:
        """Count one failure of the turn's own code and return how many there were."""
        count = await self._database.fetchval(
            "UPDATE turns SET failures = failures + 1 WHERE id = $1 AND attempt = $2 RETURNING failures",
            lease.turn_id,
            lease.attempt,
        )
        return int(count or 0)

    async def waiting(self) -> int:
        """Return how many turns are to be run as soon as there is room."""
        return int(
            await self._database.fetchval(
                "SELECT count(*) FROM turns WHERE state = 'pending' AND waits_for IS NULL"
            )
        )

    async def waits_for(self, conversation_id: UUID) -> str | None:
        """Return what the conversation's messages wait for: provider, budget, or None where they don't."""
        reason = await self._database.fetchval(
            "SELECT waits_for FROM turns WHERE conversation_id = $1 AND state = 'pending'"
            " AND waits_for IS NOT NULL AND available_at > now()",
            conversation_id,
        )
        return None if reason is None else str(reason)

    async def ended(self, conversation_id: UUID, seq: int) -> tuple[UUID, str] | None:
        """Return the id and outcome of the turn that dealt with message `seq`, None while there is none."""
        row = await self._database.fetchrow(
            "SELECT id, outcome FROM turns WHERE conversation_id = $1 AND state = 'done' AND upto_seq >= $2"
            " AND outcome <> 'nothing' ORDER BY upto_seq, id LIMIT 1",
            conversation_id,
            seq,
        )
        return None if row is None else (row["id"], row["outcome"])


def _claim(row: Any, replica: int) -> TurnClaim:
    return TurnClaim(
        lease=Lease(turn_id=row["id"], replica=replica, attempt=row["attempt"]),
        conversation_id=row["conversation_id"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        failures=row["failures"],
        created_at=row["created_at"],
        claimed_at=row["renewed_at"],
    )


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
        share, patient = self.share, sorted(self.share.patient)
        kept = min(free, share.kept(self._width))
        beside, alone = share.room(live=True), share.room(live=False)
        both = partial(self._turns.claim, patient=patient, beside=beside, alone=alone, free=free)
        claims = await self._patient(both, free - kept)
        full = sum(claim.channel not in share.patient for claim in claims) == free - kept
        if kept and full and len(claims) < free:  # no mail wants the place
            claims += await self._patient(partial(self._turns.claim, patient=patient), free - len(claims))
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
