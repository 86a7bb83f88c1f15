"""The guard around one turn's writes: only the replica that holds its lease writes for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import asyncpg

from orchestrator.conversation.turn_runner import Lease
from orchestrator.errors import LeaseLost
from orchestrator.store.database import Database

T = TypeVar("T")
NOTABLE = 1.0

# Rows are written only while the lease is held: a process that was paused can't act after another took over.
HELD = "SELECT 1 FROM turns WHERE id = $1 AND replica = $2 AND attempt = $3 AND state = 'running'"


Late = tuple[UUID | None, str | None, object]
NOTHING_LATE: Late = (None, None, None)


class LeaseGuard:
    """The lease of a running turn, and the patience with an absent store that all its writes share."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self.database = database
        self.lease = lease
        self.waited = 0.0
        """Seconds spent waiting for an absent store: they are not the model's, and not the turn's."""
        self.late = NOTHING_LATE
        """An action's id, state and result that go with the next request's row, before anything is sent."""

    @property
    def held(self) -> tuple[UUID, int, int]:
        """Return the first three arguments of a statement that holds `HELD`."""
        return self.lease.turn_id, self.lease.replica, self.lease.attempt

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again and again while the store is away; raise `LeaseLost` when its rows are deleted."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            result = await self.database.patiently(work)
        except asyncpg.ForeignKeyViolationError:
            raise LeaseLost("The conversation was deleted.") from None
        if (took := loop.time() - began) > NOTABLE:
            self.waited += took
        return result

    async def check(self) -> None:
        """Wait until the store answers; raise `LeaseLost` when another replica runs the turn by now."""
        if not await self.patiently(lambda: self.database.fetchval(HELD, *self.held)):
            raise lost()


def lost() -> LeaseLost:
    """Return the error of a turn that another replica runs."""
    return LeaseLost("Another replica runs this turn.")
