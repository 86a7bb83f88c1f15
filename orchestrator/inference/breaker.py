"""When to leave the provider, or one of its models, alone: a breaker each.

A breaker opens after a few refusals in a row and lets nothing through until its rest is over; then one
request at a time may try, and what becomes of it closes the breaker or doubles the rest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import structlog

from orchestrator.conversation import waiting_turns as waiting
from orchestrator.errors import StoreAway
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL, Notice

PROVIDER = ""
"""The part that stands for the provider as a whole; the others are names of models."""
_POLL = 0.5  # seconds until another look while somebody else tries
_LONGEST = 600.0  # seconds, whatever a Retry-After says
_IN_A_ROW = {True: 3, False: 2}  # refusals that open the provider's breaker, a model's
_SHORTEST = 1.0
_MODEL_REST = {"http_402": 60.0, "http_403": 60.0, "http_404": 60.0}
_REFUSING = frozenset(("unreachable", "not_json", "http_408", "http_409"))
_NO_ANSWER = frozenset(("timeout", "disconnected", "error_event", "bad_event"))
_ACCOUNT = frozenset(("http_402", "http_403", "http_429"))
_WORDLESS = frozenset(("cancelled", "aborted"))
_UNSURE_AFTER = 2.0  # seconds without a sign of life after which few requests may be under way at once
_UNSURE_MOST = 8

Verdict = Literal["fine", "silent", "failed", "out"]
"""What an outcome says of a part: it lives, nothing, one refusal more, or out of order at once."""
Try = Literal["mine", "taken", "closed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerOpening:
    """An open breaker: `rest` seconds from now, `level` how often it was opened in a row, and why."""

    rest: float
    level: int
    reason: str


class SharedBreakers(Protocol):
    """Where all replicas see which breakers are open; its methods never raise for an absent store."""

    async def open(self, part: str, opening: BreakerOpening) -> None:
        """Let everybody know that a breaker is open."""
        ...

    async def close(self, part: str) -> None:
        """Let everybody know that a breaker is closed, and let waiting turns go on."""
        ...

    async def attempt(self, part: str, seconds: float) -> Try:
        """Ask to be the only one who tries, for so many seconds."""
        ...

    async def give_up(self, part: str) -> None:
        """Let somebody else try."""
        ...


class Resting(Exception):
    """A part is left alone for `seconds` more; `unsure` when that is not known for certain yet."""

    def __init__(self, part: str, seconds: float, reason: str, *, unsure: bool = False) -> None:
        super().__init__(f"{part or 'the provider'} is left alone: {reason}")
        self.part = part
        self.seconds = seconds
        self.reason = reason
        self.unsure = unsure


@dataclass(eq=False, kw_only=True, slots=True)
class Permit:
    """The right to send one request to `model`; `trying` are the open parts it is to test."""

    model: str
    at: float
    trying: frozenset[str]
    answered: bool = False


@dataclass(kw_only=True, slots=True)
class _Open:
    until: float
    level: int
    reason: str
    tried_until: float = 0.0


@dataclass(slots=True)
class ProviderHealth:
    """The breakers of one provider and its models; `clock` is in seconds, `attempt` how long a try may take.

    The first rest takes `first_rest` seconds, and none more than `most_rest` unless the provider says so.
    With `shared` they hold for all replicas and over restarts.
    """

    clock: Callable[[], float] = time.monotonic
    shared: SharedBreakers | None = None
    attempt: float = 30.0
    first_rest: float = 5.0
    most_rest: float = 60.0
    _open: dict[str, _Open] = field(default_factory=dict)
    _refusals: dict[str, int] = field(default_factory=dict)
    _under_way: set[Permit] = field(default_factory=set)
    _heard_at: float = float("-inf")

    def cooling(self, part: str) -> float:
        """Return for how many seconds a part is left alone, 0 when it may be asked or tried."""
        opened = self._open.get(part)
        return max(0.0, opened.until - self.clock()) if opened else 0.0

    @property
    def open(self) -> Mapping[str, str]:
        """Return the reasons of the open breakers by part."""
        return {part: opened.reason for part, opened in self._open.items()}

    def take_over(self, openings: Mapping[str, BreakerOpening]) -> None:
        """Take the breakers as all replicas have them by now."""
        now = self.clock()
        for part in self._open.keys() - openings.keys():
            self._forget(part)
        for part, opening in openings.items():
            mine = self._open.get(part)
            self._open[part] = _Open(
                until=now + opening.rest,
                level=opening.level,
                reason=opening.reason,
                tried_until=mine.tried_until if mine else 0.0,
            )

    async def admit(self, model: str, *, again: bool = False) -> Permit:
        """Return the right to send one request to `model`, or raise `Resting`.

        With `again` the model's own rest does not count: who asks has been refused, and has waited.
        """
        parts = [part for part in (PROVIDER, model) if part in self._open]
        for part in parts:
            if (rest := self.cooling(part)) and not (again and part == model):
                raise Resting(part, rest, self._open[part].reason)
        self._check_suspicion()
        trying: set[str] = set()
        for part in parts:
            if not await self._try(part):
                await self._give_up(trying)
                raise Resting(part, max(_POLL, self.cooling(part)), self._reason(part))
            trying.add(part)
        permit = Permit(model=model, at=self.clock(), trying=frozenset(trying))
        self._under_way.add(permit)
        return permit

    def heard(self, permit: Permit) -> None:
        """Note that an answer has begun to arrive."""
        permit.answered = True
        self._heard_at = self.clock()
        self._under_way.discard(permit)

    async def note(self, permit: Permit, outcome: str, retry_after: float | None = None) -> None:
        """Take the outcome of an admitted request."""
        self._under_way.discard(permit)
        for part in (PROVIDER, permit.model):
            said = _of_provider(outcome, permit) if part == PROVIDER else _of_model(outcome, permit)
            await self._take(part, said, permit, outcome, retry_after)

    async def close(self, part: str) -> None:
        """Close a breaker, for a reason of one's own."""
        if part in self._open:
            self._forget(part)
            if self.shared:
                await self.shared.close(part)

    async def _take(
        self, part: str, said: Verdict, permit: Permit, outcome: str, retry_after: float | None
    ) -> None:
        tries = part in permit.trying
        if said == "fine":
            self._refusals.pop(part, None)
            if tries:
                await self.close(part)
        elif said == "silent":
            await self._give_up({part} if tries else set())
        elif tries:
            opened = self._open.get(part)
            await self._shut(part, outcome, retry_after, level=opened.level + 1 if opened else 0)
        elif part not in self._open:
            refusals = self._refusals[part] = self._refusals.get(part, 0) + 1
            if said == "out" or refusals >= _IN_A_ROW[part == PROVIDER]:
                await self._shut(part, outcome, retry_after, level=0)

    async def _shut(self, part: str, outcome: str, retry_after: float | None, *, level: int) -> None:
        rest = self._rest(part, outcome, retry_after, level)
        self._open[part] = _Open(until=self.clock() + rest, level=level, reason=outcome)
        if self.shared:
            await self.shared.open(part, BreakerOpening(rest=rest, level=level, reason=outcome))

    def _rest(self, part: str, outcome: str, retry_after: float | None, level: int) -> float:
        doubled = 2.0 ** min(level, 10)
        if part != PROVIDER and outcome in _MODEL_REST:
            rest = min(_MODEL_REST[outcome] * doubled, _LONGEST)
        else:
            rest = min(self.first_rest * doubled, self.most_rest)
        if retry_after is None:
            return rest
        # The first time its word is taken as it is.
        return max(min(retry_after, _LONGEST), rest if level else _SHORTEST)

    async def _try(self, part: str) -> bool:
        opened = self._open.get(part)
        if opened is None:
            return True  # closed while another part was asked for
        if opened.tried_until > self.clock():
            return False
        opened.tried_until = self.clock() + self.attempt
        answer = await self.shared.attempt(part, self.attempt) if self.shared else "mine"
        if answer == "closed":
            self._forget(part)
        elif answer == "taken":
            opened.tried_until = 0.0
        return answer != "taken"

    async def _give_up(self, parts: set[str]) -> None:
        for part in parts:
            if opened := self._open.get(part):
                opened.tried_until = 0.0
                if self.shared:
                    await self.shared.give_up(part)

    def _check_suspicion(self) -> None:
        """Keep a provider that has fallen silent from being asked by everybody before that is known."""
        if len(self._under_way) < _UNSURE_MOST:
            return
        silent = self.clock() - max(self._heard_at, min(permit.at for permit in self._under_way))
        if silent > _UNSURE_AFTER:
            raise Resting(PROVIDER, _POLL, "silent", unsure=True)

    def _forget(self, part: str) -> None:
        self._open.pop(part, None)
        self._refusals.pop(part, None)

    def _reason(self, part: str) -> str:
        opened = self._open.get(part)
        return opened.reason if opened else "closed"


def _of_provider(outcome: str, permit: Permit) -> Verdict:
    if outcome in _WORDLESS:
        return "silent"
    if permit.answered:
        return "fine"
    if outcome == "http_401":
        return "out"
    if outcome in _REFUSING | _NO_ANSWER | _ACCOUNT or _is_server_error(outcome):
        return "failed"
    return "fine"


def _of_model(outcome: str, permit: Permit) -> Verdict:
    if outcome in ("http_402", "http_403", "http_404", "http_429"):
        return "out"
    if outcome in _WORDLESS or outcome == "http_401":
        return "silent"
    if outcome in _REFUSING or outcome == "timeout" or _is_server_error(outcome):
        return "failed"
    if outcome in _NO_ANSWER:
        return "silent" if permit.answered else "failed"
    return "fine"


def _is_server_error(outcome: str) -> bool:
    return outcome.startswith("http_5")


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
