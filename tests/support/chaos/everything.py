"""Two replicas, one database; chat, mail and refunds; main, inbox and PostgreSQL are killed at random."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.support.chaos.approvals import NEAR, SETTLING, TOKEN, Clerk
from tests.support.chaos.claimant import SECRET, Claimant, RefundModel
from tests.support.chaos.correspondent import Correspondents
from tests.support.chaos.kill import watched
from tests.support.chaos.model import TOKEN as TOKENS
from tests.support.chaos.model import TicketModel
from tests.support.chaos.postgres import FragilePostgres
from tests.support.chaos.reckoning import Reckoning, Run, reckon
from tests.support.chaos.smarthost import Smarthost
from tests.support.chaos.storm import Storm, cancelled, storm, until
from tests.support.gateway import Gateway

CLAIMANTS = 26
"""Number of the first customer who wants money back; those before want tickets."""
KINDS = ("main", "inbox", "database")
WEIGHTS = (3, 1, 1)
LONGEST_SETTLING = 150.0
PATIENT = {
    "SWITCHBOARD_TURN__DEADLINE": "900",
    "SWITCHBOARD_TURN__FIRST_BYTE": "300",
    "SWITCHBOARD_TURN__IDLE": "300",
}
"""A busy machine is no reason to give a turn up: here it is about kills."""


class EverybodysModel(RefundModel):
    """Asks for a refund for who wants one, and for a ticket for everybody else."""

    def decide(self, messages: Sequence[Mapping[str, Any]], intent: str) -> str:
        text = "\n".join(str(message["content"]) for message in messages[-3:])
        names = {token.partition("-")[0] for token in TOKENS.findall(text)}
        if any(len(name) == 2 and name.endswith("b") for name in names):
            return super().decide(messages, intent)
        return TicketModel.decide(self, messages, intent)


@dataclass(kw_only=True, slots=True)
class Fleet:
    """The replicas and their keeper, which starts whatever has ended, as an init system does."""

    gateways: tuple[Gateway, ...]
    dice: random.Random
    kills: Counter[str] = field(default_factory=Counter)
    deaths: list[tuple[float, str]] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)

    def url(self) -> str:
        """Return the address of one of them."""
        return self.dice.choice(self.gateways).url

    def smtp(self) -> int:
        """Return the mail port of one of them."""
        return self.dice.choice(self.gateways).smtp_port

    async def keep(self) -> None:
        """Start what has ended, until cancelled."""
        while True:
            for gateway in self.gateways:
                if not gateway.lives:
                    self.deaths.append((time.monotonic(), gateway.home.name))
                    await gateway.spawn()
            await asyncio.sleep(0.1)

    async def kill(self, victim: str, postgres: FragilePostgres) -> None:
        """Kill one process of this kind with SIGKILL."""
        self.kills[victim] += 1
        gateway = self.dice.choice(self.gateways)
        if victim == "main":
            self.deaths.append((time.monotonic(), gateway.home.name))
            await gateway.kill()
        elif victim == "inbox":
            for process in _inboxes(gateway):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        else:
            began = time.monotonic()
            await postgres.take_away("crash")
            await asyncio.sleep(self.dice.uniform(0.0, 3.0))
            await postgres.bring_back()
            self.outages.append((began, time.monotonic()))


def _inboxes(gateway: Gateway) -> list[int]:
    with suppress(psutil.Error):
        children = psutil.Process(gateway.pid).children()
        return [each.pid for each in children if "switchboard.inbox" in each.cmdline()]
    return []


async def kill_everything(
    folder: Path, *, kills: int, seed: int, customers: int = 6, claimants: int = 4, writers: int = 3
) -> Reckoning:
    """Run the loop in `folder` and return what came of it."""
    dice = random.Random(seed)
    began = time.monotonic()
    async with (
        EverybodysModel(seed=seed) as model,
        Smarthost(seed=seed) as smarthost,
        FragilePostgres(folder / "database") as postgres,
        _fleet(folder, model.url, postgres.url, smarthost.url, dice) as fleet,
        storm(model, lambda _: fleet.url(), customers=customers, seed=seed) as people,
        storm(
            model, lambda _: fleet.url(), customers=claimants, seed=seed, person=Claimant, first=CLAIMANTS
        ) as claiming,
    ):
        clerk = Clerk(where=fleet.url, http=claiming.http, dice=random.Random(seed + 1))
        mail = Correspondents(
            where=fleet.smtp, answered=lambda: len({each.answers for each in smarthost.copies}), seed=seed
        )
        posting = _background(*(mail.run() for _ in range(writers)))
        async with _background(clerk.run()), people.writing(), claiming.writing(), posting:
            for number, victim in enumerate(_victims(kills, dice)):
                await _wait(dice, clerk)
                await fleet.kill(victim, postgres)
                watched(f"kill {number + 1} of {kills}, {len(mail.taken)} mails so far")
        async with _background(clerk.run()):
            await mail.finish()
            await _settled(people, claiming, mail, smarthost)
        run = Run(
            seconds=time.monotonic() - began,
            kills=fleet.kills,
            deaths=fleet.deaths,
            outages=fleet.outages,
            copies=smarthost.by_id(),
            mails=mail,
            clerk=clerk,
            people=people.customers,
            claimants=claiming.customers,
            served=model.served,
        )
        return await reckon(postgres.url, run)


@asynccontextmanager
async def _fleet(
    folder: Path, model: str, database: str, smarthost: str, dice: random.Random
) -> AsyncIterator[Fleet]:
    gateways = []
    for name in ("a", "b"):
        variables = {
            "SWITCHBOARD_DATABASE_URL": database,
            "SWITCHBOARD_IDENTITY_SECRET": SECRET,
            "SWITCHBOARD_OPERATOR_TOKEN": TOKEN,
            "SWITCHBOARD_SMARTHOST": smarthost,
            "SWITCHBOARD_MAIL__HOSTNAME": f"{name}.test",
            **PATIENT,
        }
        gateways.append(Gateway(folder / name, model=model, variables=variables))
    fleet = Fleet(gateways=tuple(gateways), dice=dice)
    try:
        for gateway in gateways:
            await gateway.spawn()  # one after the other: the first one makes the tables
            await gateway.ready(limit=180.0)
        async with _background(fleet.keep()):
            yield fleet
    finally:
        for gateway in gateways:
            await gateway.end()


def _victims(kills: int, dice: random.Random) -> list[str]:
    """Return whom to kill: every kind once, then at random."""
    first = dice.sample(KINDS, k=len(KINDS))
    return [*first, *dice.choices(KINDS, WEIGHTS, k=max(0, kills - len(first)))][:kills]


async def _wait(dice: random.Random, clerk: Clerk) -> None:
    """Wait for a random moment, or, often, for one in which a refund is being decided."""
    if dice.random() < NEAR:
        await clerk.verdict(limit=5.0)
        await asyncio.sleep(dice.uniform(0.0, SETTLING))
    else:
        await asyncio.sleep(dice.uniform(0.0, 4.0) if dice.random() < 0.7 else dice.uniform(4.0, 9.0))


async def _settled(people: Storm, claiming: Storm, mail: Correspondents, smarthost: Smarthost) -> None:
    def done() -> bool:
        answered = {each.answers for each in smarthost.copies if each.told is not None}
        return people.settled and claiming.settled and mail.taken <= answered

    with suppress(TimeoutError):  # the reckoning tells what is missing
        await until(done, limit=LONGEST_SETTLING)


@asynccontextmanager
async def _background(*work: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        await cancelled(tasks)
