"""How many model requests may still be sent today, by the ledger.

A request takes its place before it is sent. What was refused gives it back when its outcome is written. One
whose process died keeps it when an answer had begun, and else for `RESERVED` seconds: longer than any request
waits for the beginning of its answer.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from orchestrator.store.database import Database

RESERVED = 180

USED = f"""
SELECT count(*) FROM requests
WHERE provider = $1 AND started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    AND counted AND (outcome IS NOT NULL OR answered_at IS NOT NULL
        OR started_at > now() - interval '{RESERVED} seconds')
"""

# One place was given back: the turn that waits longest may have it.
PLACE_FREED = """
UPDATE turns SET available_at = now() WHERE id = (
    SELECT id FROM turns WHERE state = 'pending' AND waits_for = 'budget' AND available_at > now()
    ORDER BY waiting_since, id LIMIT 1 FOR UPDATE SKIP LOCKED)
"""


def next_day(now: datetime) -> datetime:
    """Return the next midnight UTC, when a new day's requests begin."""
    return datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=UTC)


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

    @property
    def limit(self) -> int:
        """Return how many requests a day has, 0 for no limit."""
        return self._limit

    @property
    def limited(self) -> bool:
        """Say whether requests are counted at all."""
        return self._limit > 0

    async def used(self) -> int:
        """Return how many of today's requests count."""
        return int(await self._database.fetchval(USED, self._provider))

    async def place_freed(self) -> None:
        """Let the turn that waits longest for the budget have the place of a refused request."""
        await self._database.execute(PLACE_FREED)

    async def left(self) -> int | None:
        """Return the number of requests left today, None when there is no limit."""
        if self._limit == 0:
            return None
        return max(0, self._limit - await self.used())
