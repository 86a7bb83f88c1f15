"""How many model requests may still be sent today, by the ledger.

A request takes its place before it is sent. What was refused gives it back when its outcome is written. One
whose process died keeps it when an answer had begun, and else for `RESERVED` seconds: longer than any request
waits for the beginning of its answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

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


# Days are UTC days, as the budget counts them. A request without outcome runs, or died with its process.
USAGE = """
SELECT (started_at AT TIME ZONE 'UTC')::date AS day, provider, model, purpose,
    coalesce(outcome, 'unfinished') AS outcome, count(*) AS requests,
    count(*) FILTER (WHERE counted) AS counted,
    coalesce(sum(input_tokens), 0) AS input_tokens, coalesce(sum(output_tokens), 0) AS output_tokens
FROM requests
WHERE started_at >= (date_trunc('day', now() AT TIME ZONE 'UTC') - make_interval(days => $1 - 1))
    AT TIME ZONE 'UTC'
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1 DESC, 2, 3, 4, 5
"""


@dataclass(kw_only=True, slots=True)
class Usage:
    """What one model was asked for one purpose on one UTC day; `outcomes` counts its requests by outcome.

    `counted` are the requests that take from the day's budget; the provider refused the others.
    """

    day: date
    provider: str
    model: str
    purpose: str
    requests: int = 0
    counted: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)


class UsageLedger:
    """Reads the ledger; every method raises `StoreAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def usage(self, *, days: int) -> list[Usage]:
        """Return the usage of the last `days` UTC days including today, newest day first."""
        lines: dict[tuple[Any, ...], Usage] = {}
        for row in await self._database.fetch(USAGE, days):
            key = (row["day"], row["provider"], row["model"], row["purpose"])
            line = lines.setdefault(key, Usage(day=key[0], provider=key[1], model=key[2], purpose=key[3]))
            line.requests += row["requests"]
            line.counted += row["counted"]
            line.input_tokens += row["input_tokens"]
            line.output_tokens += row["output_tokens"]
            line.outcomes[row["outcome"]] = row["requests"]
        return list(lines.values())

    async def used_today(self, provider: str) -> int:
        """Return how many requests since midnight UTC count, as the budget counts them."""
        return int(await self._database.fetchval(USED, provider))
