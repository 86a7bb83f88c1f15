"""The table at the end: what was acknowledged, what was lost, what happened twice, and by whose fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import asyncpg

from tests.support.chaos.approvals import Clerk
from tests.support.chaos.approvals import audit as refunds_audit
from tests.support.chaos.audit import audit
from tests.support.chaos.correspondent import Correspondents
from tests.support.chaos.customer import Customer
from tests.support.chaos.model import TOKEN, Served
from tests.support.chaos.smarthost import Copy

GAP = 2.0
"""Seconds between a smarthost's 250 and our commit at most, besides those in which the database was away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What a run leaves behind; times are monotonic seconds."""

    seconds: float
    kills: Counter[str]
    deaths: Sequence[tuple[float, str]]
    """When a replica's main process ended, and its name."""
    outages: Sequence[tuple[float, float]]
    copies: Mapping[str, Sequence[Copy]]
    mails: Correspondents
    clerk: Clerk
    people: Sequence[Customer]
    claimants: Sequence[Customer]
    served: Sequence[Served]


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """One kind of thing that customers were promised."""

    acknowledged: int
    lost: int
    doubled: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reckoning:
    """The numbers, and every broken promise as one sentence."""

    seconds: float
    kills: Mapping[str, int]
    counts: Mapping[str, Count]
    twice: int
    unsure: int
    """Mails that went out again after a kill between the smarthost's storing and our commit."""
    after_250: int
    """Of these, killed after the smarthost had said 250."""
    problems: tuple[str, ...]

    def table(self) -> str:
        """Return it as lines."""
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kills.items()))
        lines = [f"{sum(self.kills.values())} kills ({kinds}) in {self.seconds:.0f} s"]
        lines += [f"{'':14}{'acknowledged':>14}{'lost':>8}{'doubled':>10}"]
        lines += [
            f"{name:14}{count.acknowledged:>14}{count.lost:>8}{count.doubled:>10}"
            for name, count in self.counts.items()
        ]
        lines += [
            f"mails sent twice: {self.twice}",
            f"besides, by a kill between the smarthost's storing and our commit: {self.unsure}",
            f"of these, after its 250: {self.after_250}",
        ]
        return "\n".join(lines)


async def reckon(url: str, run: Run) -> Reckoning:
    """Check every promise of a run that has settled."""
    connection = await asyncpg.connect(url)
    try:
        texts = await connection.fetch("SELECT text FROM messages WHERE author <> 'customer'")
        paid = Counter(
            row["reason"] for row in await connection.fetch("SELECT reason FROM lindenhof.refunds")
        )
        stuck = await connection.fetch(
            "SELECT 'delivery' AS what, id, state, error FROM deliveries WHERE state <> 'sent'"
            " UNION ALL SELECT 'mail', id, state, reason FROM mails"
            " WHERE state NOT IN ('accepted', 'recorded')"
        )
    finally:
        await connection.close()
    told = Counter(token for row in texts for token in TOKEN.findall(row["text"]))
    answered = Counter(copies[0].answers for copies in run.copies.values())
    twice, unsure, after_250 = _sent_twice(run)
    chat = await audit(
        url,
        run.people,
        run.served,
        power_failed=True,
        others=[run.mails.tokens[each] for each in run.mails.taken],
        held=True,
    )
    refunds = await refunds_audit(url, run.claimants, run.clerk)
    counts = {
        "chat messages": Count(
            acknowledged=chat.messages,
            lost=sum(len(person.open_messages) for person in run.people),
            doubled=sum(told[each.token] > 1 for person in run.people for each in person.sent.values()),
        ),
        "mails": Count(
            acknowledged=len(run.mails.taken),
            lost=sum(answered[each] == 0 for each in run.mails.taken),
            doubled=sum(answered[each] > 1 for each in run.mails.taken),
        ),
        "refunds": Count(
            acknowledged=refunds.approved,
            lost=sum(len(person.open_messages) for person in run.claimants),
            doubled=sum(count > 1 for count in paid.values()),
        ),
    }
    problems = [
        f"{name}: {count.lost} lost, {count.doubled} doubled"
        for name, count in counts.items()
        if count.lost or count.doubled
    ]
    problems += [f"{each} went out twice" for each in twice]
    problems += [f"a {row['what']} is {row['state']}: {row['error']} {row['id']}" for row in stuck]
    return Reckoning(
        seconds=run.seconds,
        kills=run.kills,
        counts=counts,
        twice=len(twice),
        unsure=unsure,
        after_250=after_250,
        problems=(*problems, *chat.problems, *refunds.problems),
    )


def _sent_twice(run: Run) -> tuple[list[str], int, int]:
    """Return the Message-IDs that went out again without an excuse, how many had one, and after the 250."""
    guilty, excused, after_250 = [], 0, 0
    for message_id, copies in run.copies.items():
        deaths = [(first, _death_between(first, second, run)) for first, second in pairwise(copies)]
        if any(death is None for _, death in deaths):
            guilty.append(message_id)
        elif deaths:
            excused += 1
            after_250 += any(death > first.told for first, death in deaths if death and first.told)
    return guilty, excused, after_250


def _death_between(first: Copy, second: Copy, run: Run) -> float | None:
    """Return when the process that sent the first copy died before it could have noted that, or None."""
    name = first.sender.partition(".")[0]
    return next(
        (
            death
            for death, whose in run.deaths
            if whose == name
            and first.stored <= death <= second.stored
            and death - (first.told or first.stored) - _away(first.stored, death, run) <= GAP
        ),
        None,
    )


def _away(begin: float, end: float, run: Run) -> float:
    """Return for how long within a time the database was away or just coming back."""
    return sum(max(0.0, min(end, back + GAP) - max(begin, gone)) for gone, back in run.outages)
