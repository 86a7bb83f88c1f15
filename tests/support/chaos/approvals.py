"""Operators who decide refunds while processes die, and the audit of money, words and records after."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import asyncpg

from tests.support.chaos.claimant import Claimant, wish_of
from tests.support.chaos.customer import LOST, Customer

TOKEN = "chaos-operator-token"
NEAR = 0.25
"""Share of kills that wait for a verdict, so that they meet one between verdict, effect and record."""
SETTLING = 0.04
"""Seconds within which a verdict is usually carried out and told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """Numbers of a run, and every broken promise as one sentence."""

    asked: int
    approved: int
    denied: int
    retried: int
    conflicts: int
    problems: tuple[str, ...]

    def summary(self) -> str:
        """Return the numbers as one line."""
        return (
            f"{self.asked} refunds asked for, {self.approved} approved, {self.denied} denied"
            f" ({self.retried} settled at a later try, {self.conflicts} verdicts came too late)"
        )


@dataclass(kw_only=True, slots=True)
class Clerk:
    """Two operators who decide at once whatever waits, and repeat a verdict whose answer was lost."""

    where: Callable[[], str]
    http: aiohttp.ClientSession
    dice: random.Random
    verdicts: dict[str, str] = field(default_factory=dict)
    accepted: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    problems: list[str] = field(default_factory=list)
    at_it: asyncio.Event = field(default_factory=asyncio.Event)

    async def verdict(self, limit: float) -> None:
        """Wait until a verdict is on its way, at most `limit` seconds."""
        self.at_it.clear()
        try:
            async with asyncio.timeout(limit):
                await self.at_it.wait()
        except TimeoutError:
            pass  # nothing waits for one just now

    async def run(self) -> None:
        """Decide until cancelled."""
        while True:
            try:
                for item in await self._waiting():
                    await asyncio.gather(*(self._decide(item, name) for name in ("Ann", "Ben")))
            except LOST:
                pass  # the gateway is down: what was asked is asked again
            await asyncio.sleep(self.dice.uniform(0.0, 0.2))

    async def _waiting(self) -> list[dict[str, Any]]:
        url = f"{self.where()}/api/approvals?state=pending&limit=50"
        async with self.http.get(url, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
            return list((await response.json())["items"]) if response.status == 200 else []

    async def _decide(self, item: dict[str, Any], operator: str) -> None:
        approval_id, newer = item["id"], item["newer_messages"]
        verdict = self.verdicts.setdefault(approval_id, self.dice.choice(("approve", "deny")))
        seen = newer[-1]["seq"] if newer else 0
        body = {"verdict": verdict, "operator": operator, "note": "chaos", "seen_seq": seen}
        url = f"{self.where()}/api/approvals/{approval_id}"
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self.at_it.set()
        async with self.http.post(url, json=body, headers=headers) as response:
            answer = await response.json()
            if response.status == 200:
                self.accepted[approval_id] += 1
            elif response.status == 409 and answer["error"]["code"] == "approval_decided":
                self.conflicts += 1
            elif response.status == 409 and answer["error"]["code"] == "customer_wrote":
                pass  # it is read in the next round
            elif response.status != 503:
                self.problems.append(f"a verdict was answered {response.status}: {answer}")


async def audit(url: str, people: Sequence[Customer], clerk: Clerk) -> Settled:
    """Check every promise of a run that has settled."""
    connection = await asyncpg.connect(url)
    try:
        approvals = await connection.fetch(
            "SELECT a.id::text, a.state, a.outcome, a.attempts, a.settled_at, w.state AS action, w.key,"
            " a.arguments::jsonb ->> 'reason' AS token FROM approvals a JOIN actions w ON w.id = a.action_id"
        )
        paid = Counter(
            row["reason"] for row in await connection.fetch("SELECT reason FROM lindenhof.refunds")
        )
        keys = await connection.fetch("SELECT idempotency_key AS key FROM lindenhof.refunds")
        turns = await connection.fetch("SELECT state, outcome FROM turns WHERE state <> 'done'")
    finally:
        await connection.close()
    problems = [problem for person in people for problem in person.heard.problems]
    problems += clerk.problems
    problems += [f"{key} was decided {count} times" for key, count in clerk.accepted.items() if count > 1]
    problems += [f"a turn is {turn['state']}" for turn in turns]
    problems += [each for row in approvals for each in _wrong(row, clerk, paid)]
    agreed = {row["key"] for row in approvals if row["state"] == "approved"}
    problems += [f"money without a yes: {row['key']}" for row in keys if row["key"] not in agreed]
    problems += _told(people, approvals)
    states = Counter(row["state"] for row in approvals)
    return Settled(
        asked=sum(len(person.sent) for person in people),
        approved=states["approved"],
        denied=states["denied"],
        retried=sum(row["attempts"] > 1 for row in approvals),
        conflicts=clerk.conflicts,
        problems=tuple(problems),
    )


def _wrong(row: Any, clerk: Clerk, paid: Counter[str]) -> list[str]:
    """Say what is wrong with one approval: its verdict, its effect, its record."""
    wanted = {"approve": ("approved", "done", "done", 1), "deny": ("denied", "denied", "refused", 0)}
    found = (row["state"], row["outcome"], row["action"], paid[row["token"]])
    expected = wanted.get(clerk.verdicts.get(row["id"], ""))
    return [] if found == expected else [f"{row['token']} is {found}, should be {expected}"]


def _told(people: Sequence[Customer], approvals: Sequence[Any]) -> list[str]:
    """Say who was not told exactly once what became of a wish."""
    problems = []
    states = {row["token"]: row["state"] for row in approvals}
    if len(states) != len(approvals):
        problems.append("a wish was held twice")
    for person in people:
        for sent in person.sent.values():
            told = person.outcomes(sent) if isinstance(person, Claimant) else (0, 0)
            expected = {"approved": (1, 0), "denied": (0, 1)}.get(states.get(sent.token, ""))
            if told != expected:
                matter = wish_of(sent.token).matter
                problems.append(f"{sent.token} ({matter}) {states.get(sent.token)}: told {told}")
    return problems
