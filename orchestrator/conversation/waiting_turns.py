"""Turns that wait for the provider or for the day's budget: who waits, and when each is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.store.database import Database

PROVIDER, BUDGET = "provider", "budget"
"""What a turn can wait for."""
SPACING = 0.5
"""Seconds between two turns that go on, so that all at once don't trip the provider's limits again."""
WITHIN = 120.0
"""Seconds within which all of them are to be tried, however many they are."""
HOLD = 15.0
"""Seconds that the others leave to the one who tries first; they are woken when it is answered."""

# Whoever waits longest goes first. Rows that somebody else has in hand at this moment are left to them.
WAKE = """
WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY waiting_since, id) - 1 AS place, count(*) OVER () AS everybody
    FROM turns WHERE state = 'pending' AND waits_for = $1
), free AS (
    SELECT id FROM turns WHERE state = 'pending' AND waits_for = $1 AND available_at > now()
    FOR UPDATE SKIP LOCKED
)
UPDATE turns t SET available_at = least(t.available_at,
    now() + make_interval(secs => w.place * least($2::float8, $3::float8 / w.everybody)))
FROM waiting w JOIN free USING (id)
WHERE t.id = w.id AND ($4::int IS NULL OR w.place < $4)
"""

POSTPONE = """
WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY created_at, id) - 1 AS place
    FROM turns WHERE state = 'pending' AND waits_for = 'provider'
), free AS (
    SELECT id FROM turns WHERE state = 'pending' AND waits_for = 'provider' FOR UPDATE SKIP LOCKED
)
UPDATE turns t SET available_at = greatest(t.available_at, now() + make_interval(secs =>
    $1::float8 + CASE WHEN w.place = 0 THEN 0 ELSE $2::float8 + w.place * $3::float8 END))
FROM waiting w JOIN free USING (id) WHERE t.id = w.id
"""

# The one that was tried longest ago: a message that always fails must not keep trying for all.
NEXT_TRY = """
UPDATE turns SET available_at = now() WHERE id = (
    SELECT id FROM turns WHERE state = 'pending' AND waits_for = 'provider'
    ORDER BY created_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
AND available_at > now() AND NOT EXISTS (
    SELECT 1 FROM breakers WHERE provider = $1 AND part = '' AND probe_until > now())
AND NOT EXISTS (SELECT 1 FROM turns t WHERE t.waits_for = 'provider'
    AND (t.state = 'running' OR (t.state = 'pending' AND t.available_at <= now())))
"""

OTHERS_ANSWERED = """
SELECT EXISTS (SELECT 1 FROM requests WHERE provider = $1 AND started_at > now() - make_interval(secs => $3)
    AND first_token_ms IS NOT NULL AND turn_id <> $2)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitsFor:
    """What a turn waits for; `tries` counts how often it was refused while others were answered."""

    reason: str
    tries: int = 0


class WaitingTurns:
    """The turns that wait; every method raises `StoreAway`."""

    def __init__(self, database: Database, *, provider: str) -> None:
        self._database = database
        self._provider = provider

    async def counts(self) -> dict[str, int]:
        """Return how many turns wait, by what they wait for."""
        rows = await self._database.fetch(
            "SELECT waits_for, count(*) AS turns FROM turns WHERE state = 'pending' AND waits_for IS NOT NULL"
            " GROUP BY 1"
        )
        return {row["waits_for"]: row["turns"] for row in rows}

    async def wake(self, reason: str, *, most: int | None = None) -> None:
        """Let the turns that wait for `reason` go on one after another, at most `most` of them."""
        await wake(self._database, reason, most=most)

    async def try_one(self) -> None:
        """Let one of those that wait for the provider try now, unless somebody tries already."""
        await self._database.execute(NEXT_TRY, self._provider)

    async def others_answered(self, turn_id: UUID, *, within: float) -> bool:
        """Say whether the provider has answered anybody else within the last seconds."""
        return bool(await self._database.fetchval(OTHERS_ANSWERED, self._provider, turn_id, within))


async def wake(connection: Any, reason: str, *, most: int | None = None) -> None:
    """Let turns go on, by this connection or database."""
    await connection.execute(WAKE, reason, SPACING, WITHIN, most)


async def postpone(connection: Any, seconds: float) -> None:
    """Let one turn try in so many seconds, and the others after it."""
    await connection.execute(POSTPONE, seconds, HOLD, SPACING)
