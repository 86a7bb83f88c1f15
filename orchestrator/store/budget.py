"""How many model requests may still be sent today, by the ledger."""

from __future__ import annotations

from orchestrator.store.database import Database


class DayBudget:
    """Counts a provider's requests since midnight UTC on all replicas; `limit` 0 is no limit."""

    def __init__(self, database: Database, *, provider: str, limit: int) -> None:
        self._database = database
        self._provider = provider
        self._limit = limit

    async def left(self) -> int | None:
        """Return the number of requests left today, None when there is no limit."""
        if self._limit == 0:
            return None
        used = await self._database.fetchval(
            "SELECT count(*) FROM requests WHERE provider = $1"
            " AND started_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'",
            self._provider,
        )
        return max(0, self._limit - int(used))
