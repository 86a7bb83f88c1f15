"""The audit after the storm: what customers hold in their hands against what the tables say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.support.chaos.customer import Customer
from tests.support.chaos.model import TOKEN, Served


@dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """Numbers of a run, and every broken promise as one sentence."""

    messages: int
    resent: int
    replies: int
    turns: int
    resumed: int
    tickets: int
    requests: int
    asked_again: int
    problems: tuple[str, ...]

    def summary(self) -> str:
        """Return the numbers as one line."""
        return (
            f"{self.messages} messages acked ({self.resent} sent more than once), "
            f"{self.replies} replies, {self.turns} turns ({self.resumed} resumed), {self.tickets} tickets, "
            f"{self.requests} model requests ({self.asked_again} asked again, as their answer was not stored)"
        )


async def audit(
    url: str,
    customers: Sequence[Customer],
    served: Sequence[Served],
    *,
    power_failed: bool = False,
    others: Sequence[str] = (),
    held: bool = False,
) -> Audit:
    """Check every promise of a run that has settled.

    A power failure may take the last rows of requests that were begun and not answered, as those are
    written with `RELAXED`. `others` are tokens that were noted elsewhere than in chat; `held` says that there
    are actions which colleagues decided on.
    """
    connection = await asyncpg.connect(url)
    try:
        turns = await connection.fetch("SELECT state, outcome, attempt FROM turns")
        tickets = await connection.fetch("SELECT description FROM tickets")
        requests = await connection.fetch(
            "SELECT turn_id, step, attempt, outcome, content FROM requests ORDER BY turn_id, step, attempt"
        )
        actions = await connection.fetch("SELECT tool, state FROM actions")
        messages = await connection.fetch("SELECT author, key, seq, text FROM messages ORDER BY seq")
    finally:
        await connection.close()
    problems = [problem for customer in customers for problem in customer.heard.problems]
    problems += _answers(customers, messages)
    problems += _tickets(customers, tickets, others)
    good = {"answered", "nothing", "waiting_approval"} if held else {"answered", "nothing"}
    problems += [
        f"a turn is {t['state']} {t['outcome']}"
        for t in turns
        if t["state"] != "done" or t["outcome"] not in good
    ]
    ended = {"done", "refused"} if held else {"done"}
    problems += [f"an action of {a['tool']} is {a['state']}" for a in actions if a["state"] not in ended]
    problems += _paid_twice(requests, served)
    if len(requests) < len(served) and not power_failed:
        problems.append(f"{len(served)} requests were served, {len(requests)} are in the ledger")
    sent = [each for customer in customers for each in customer.sent.values()]
    return Audit(
        messages=sum(each.seq is not None for each in sent),
        resent=sum(each.tries > 1 for each in sent),
        replies=sum(len(customer.heard.replies) for customer in customers),
        turns=len(turns),
        resumed=sum(turn["attempt"] > 1 for turn in turns),
        tickets=len(tickets),
        requests=len(served),
        asked_again=len(served) - len({each.key for each in served}),
        problems=tuple(problems),
    )


def _answers(customers: Sequence[Customer], messages: Sequence[Any]) -> list[str]:
    problems = []
    stored = Counter((m["key"] or "").rpartition(":")[2] for m in messages if m["author"] == "customer")
    told = Counter(token for m in messages if m["author"] != "customer" for token in TOKEN.findall(m["text"]))
    for customer in customers:
        heard = TOKEN.findall(customer.answered)
        for each in customer.sent.values():
            counts = (stored[each.id], told[each.token], heard.count(each.token))
            if each.seq is None or counts != (1, 1, 1):
                problems.append(f"{each.token} (ack {each.seq}) stored, told, heard: {counts}")
        asked = sorted(customer.sent.values(), key=lambda each: each.seq or 0)
        if heard != [each.token for each in asked]:
            problems.append(f"{customer.name} was not answered in the order of the messages")
    return problems


def _tickets(customers: Sequence[Customer], tickets: Sequence[Any], others: Sequence[str]) -> list[str]:
    opened = Counter(token for ticket in tickets for token in TOKEN.findall(ticket["description"]))
    wanted = [each.token for customer in customers for each in customer.sent.values()] + list(others)
    problems = [f"{token} has {opened[token]} tickets" for token in wanted if opened[token] != 1]
    return problems + [f"a ticket for nobody: {token}" for token in opened.keys() - set(wanted)]


def _paid_twice(requests: Sequence[Any], served: Sequence[Served]) -> list[str]:
    problems = []
    finished: set[tuple[Any, int]] = set()
    for row in requests:
        step = (row["turn_id"], row["step"])
        if step in finished:
            problems.append(f"a turn asked again after a good answer: {row['outcome']}")
        if row["outcome"] == "ok":
            finished.add(step)
        elif row["outcome"] not in (None, "cancelled"):
            problems.append(f"a model request ended as {row['outcome']}")
    return problems + _billed_twice(requests, served)


def _billed_twice(requests: Sequence[Any], served: Sequence[Served]) -> list[str]:
    """Say which stored answers the provider was asked for once more, as its own record shows."""
    last = {each.key: each.number for each in served}
    stored = "\n".join(row["content"] for row in requests if row["outcome"] == "ok")
    return [
        f"{each.intent} was stored, and asked again as {last[each.key]}"
        for each in served
        if last[each.key] != each.number and f'"{each.intent}"' in stored
    ]
