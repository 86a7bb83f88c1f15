"""Open breakers as rows, so that all replicas, and a process that starts anew, leave a provider alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from orchestrator.conversation import waiting_turns as waiting
from orchestrator.errors import StoreAway
from orchestrator.inference.breaker import PROVIDER, BreakerOpening, Try
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL, Notice

log = structlog.get_logger()
BREAKERS = ["breakers"]
"""The notice that a breaker has opened or closed."""
LONGEST = 3.0
"""Seconds a change may take: whoever waits for it is a turn."""

OPEN = """
INSERT INTO breakers (provider, part, level, reason, until)
VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
ON CONFLICT (provider, part) DO UPDATE SET level = greatest(breakers.level, excluded.level),
    reason = excluded.reason, until = greatest(breakers.until, excluded.until), probe_until = NULL
"""
CLOSE = "DELETE FROM breakers WHERE provider = $1 AND part = $2"

# A model may be tried before its time by a turn that it has refused, and that has waited as it was told.
ATTEMPT = """
UPDATE breakers SET probe_until = now() + make_interval(secs => $3)
WHERE provider = $1 AND part = $2 AND (part <> '' OR until <= now())
    AND (probe_until IS NULL OR probe_until < now()) RETURNING true
"""
KNOWN = "SELECT 1 FROM breakers WHERE provider = $1 AND part = $2"
GIVE_UP = "UPDATE breakers SET probe_until = NULL WHERE provider = $1 AND part = $2"


class Breakers:
    """The open breakers of one provider; `stamp(notice)` packs what the other replicas are told."""

    def __init__(self, database: Database, *, provider: str, stamp: Callable[[Notice], str]) -> None:
        self._database = database
        self._provider = provider
        self._stamp = stamp

    async def openings(self) -> dict[str, BreakerOpening]:
        """Return the open breakers by part, without those nobody asked for a day; raises `StoreAway`."""
        rows = await self._database.fetch(
            "SELECT part, level, reason, greatest(0, extract(epoch FROM until - now()))::float8 AS rest"
            " FROM breakers WHERE provider = $1 AND until > now() - interval '1 day'",
            self._provider,
        )
        return {r["part"]: BreakerOpening(rest=r["rest"], level=r["level"], reason=r["reason"]) for r in rows}

    async def open(self, part: str, opening: BreakerOpening) -> None:
        """Keep an open breaker; where it is the provider's, the waiting turns are put off with it."""

        async def work(connection: Any) -> None:
            await connection.execute(OPEN, self._provider, part, opening.level, opening.reason, opening.rest)
            if part == PROVIDER:
                await waiting.postpone(connection, opening.rest)

        await self._change(work)

    async def close(self, part: str) -> None:
        """Forget a breaker and let the waiting turns go on."""

        async def work(connection: Any) -> None:
            await connection.execute(CLOSE, self._provider, part)
            await waiting.wake(connection, waiting.PROVIDER)

        await self._change(work)

    async def attempt(self, part: str, seconds: float) -> Try:
        """Ask to be the only one who tries; `mine` also where the store is away, for then no turn runs."""
        answer: Try = "mine"
        with _bearing():
            async with asyncio.timeout(LONGEST):
                if not await self._database.fetchval(ATTEMPT, self._provider, part, seconds):
                    known = await self._database.fetchval(KNOWN, self._provider, part)
                    answer = "taken" if known else "closed"
        return answer

    async def give_up(self, part: str) -> None:
        """Let somebody else try."""
        with _bearing():
            async with asyncio.timeout(LONGEST):
                await self._database.execute(GIVE_UP, self._provider, part)

    async def _change(self, work: Callable[[Any], Awaitable[None]]) -> None:
        """Change the breakers, one replica at a time, and tell the others."""
        with _bearing():
            async with asyncio.timeout(LONGEST), self._database.transaction() as connection:
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", self._provider
                )
                await work(connection)
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, self._stamp(BREAKERS))


@contextmanager
def _bearing() -> Iterator[None]:
    """Go on without the other replicas where they can't be told: a breaker holds in this process anyway."""
    try:
        yield
    except (StoreAway, TimeoutError) as error:
        log.warning("breakers could not be shared", error=type(error).__name__)
