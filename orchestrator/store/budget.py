"""How many model requests may still be sent today, by the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from orchestrator.days import next_day
from orchestrator.inference.errors import BudgetExhausted
from orchestrator.store.database import Database

USED = """
SELECT count(*) FROM requests
WHERE provider = $1 AND started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
"""


class DayBudget:
    """Counts a provider's requests since midnight UTC on all replicas; `limit` 0 is no limit."""

    def __init__(self, database: Database, *, provider: str, limit: int) -> None:
        self._database = database
        self._provider = provider
        self._limit = limit

    @property
    def provider(self) -> str:
        """Return whose requests are counted."""
        return self._provider

    async def left(self) -> int | None:
        """Return the number of requests left today, None when there is no limit."""
        if self._limit == 0:
            return None
        return max(0, self._limit - int(await self._database.fetchval(USED, self._provider)))

    @asynccontextmanager
    async def spending(self) -> AsyncIterator[Any]:
        """Yield a connection on which one request's row may be written; raise `BudgetExhausted`.

        Where there is a limit, those who spend take turns, so that many at once don't overshoot it.
        """
        if self._limit == 0:
            async with self._database.connection() as connection:
                yield connection
            return
        async with self._database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", self._provider)
            if await connection.fetchval(USED, self._provider) >= self._limit:
                raise BudgetExhausted(next_day(datetime.now(UTC)))
            yield connection
