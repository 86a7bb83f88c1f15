"""The usage ledger: model requests by day, provider, model and purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestrator.inference.budget import USED
from orchestrator.store.database import Database

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
