"""Take the database away in the middle of traffic and bring it back: nothing is lost, it heals by itself."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from tests.support.chaos.audit import Audit, audit
from tests.support.chaos.kill import report
from tests.support.chaos.model import TicketModel
from tests.support.chaos.postgres import WAYS, FragilePostgres, crash
from tests.support.chaos.probe import Witness, is_ready
from tests.support.chaos.storm import Storm, storm, until
from tests.support.gateway import Gateway, embedded_url, postmaster

EMBEDDED = "embedded"
"""The way in which the gateway's own PostgreSQL crashes and the gateway has to bring it back."""
HEALED_WITHIN = 30.0


async def outage(folder: Path, *, seconds: float, way: str, seed: int, customers: int = 6) -> Audit:
    """Run traffic on a PostgreSQL of its own that is away for `seconds`; return the audit."""
    async with TicketModel(seed=seed) as model, FragilePostgres(folder / "database") as postgres:
        variables = {"SWITCHBOARD_DATABASE_URL": postgres.url}
        async with (
            Gateway(folder / "var", model=model.url, variables=variables) as gateway,
            storm(model, lambda _: gateway.url, customers=customers, seed=seed) as people,
        ):

            async def trouble() -> list[str]:
                await postgres.take_away(way)
                witness = Witness(people.http, gateway.url)
                try:
                    await witness.watch(seconds)
                finally:
                    await postgres.bring_back()
                return witness.problems + refusal_problems(people)

            problems = await through(people, gateway, trouble)
            result = await audit(postgres.url, people.customers, model.served, power_failed=way == "crash")
    return replace(result, problems=result.problems + tuple(problems))


async def embedded_crash(folder: Path, *, seed: int, customers: int = 6) -> Audit:
    """Run traffic on the embedded PostgreSQL, which is killed; the gateway itself starts it again."""
    async with (
        TicketModel(seed=seed) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=customers, seed=seed) as people,
    ):

        async def trouble() -> list[str]:
            before = postmaster(gateway.home)
            crash(gateway.home)
            try:
                await until(lambda: postmaster(gateway.home) not in (None, before), limit=HEALED_WITHIN)
            except TimeoutError:
                return ["the embedded PostgreSQL was not started again"]
            return []

        problems = await through(people, gateway, trouble)
        result = await audit(embedded_url(gateway.home), people.customers, model.served, power_failed=True)
    return replace(result, problems=result.problems + tuple(problems))


async def through(people: Storm, gateway: Gateway, trouble: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Let customers write before, during and after the trouble; return what was not as promised."""
    async with people.writing():
        await until(lambda: all(customer.heard.replies for customer in people.customers), limit=30.0)
        sockets = [customer.heard.connections for customer in people.customers]
        problems = await trouble()
        try:
            await healed(people, gateway)
        except TimeoutError:
            problems.append(f"not ready within {HEALED_WITHIN:g} s after the trouble was over")
        if sockets != [customer.heard.connections for customer in people.customers]:
            closes = {code for customer in people.customers for code in customer.heard.closes}
            problems.append(f"sockets were closed meanwhile, with the codes {closes}")
        try:
            await until(hear_more(people), limit=HEALED_WITHIN)
        except TimeoutError:
            problems.append("not every customer was answered again")
    await people.settle()
    return problems


async def healed(people: Storm, gateway: Gateway) -> None:
    """Wait until the gateway says that it is ready; raise TimeoutError after `HEALED_WITHIN` seconds."""
    async with asyncio.timeout(HEALED_WITHIN):
        while not await is_ready(people.http, gateway.url):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)


def refusal_problems(people: Storm) -> list[str]:
    """Say which refusals did not tell when to come back, and whether there were none at all."""
    errors = [error for customer in people.customers for error in customer.heard.errors]
    problems = [f"an error without retry_after: {error}" for error in errors if not error.get("retry_after")]
    if not errors:
        problems.append("no customer was told to come back later")
    return problems


def hear_more(people: Storm) -> Callable[[], bool]:
    """Return a condition: every customer had another answer than those of now."""
    before = [len(customer.heard.replies) for customer in people.customers]

    def heard() -> bool:
        now = [len(customer.heard.replies) for customer in people.customers]
        return all(later > earlier for later, earlier in zip(now, before, strict=True))

    return heard


def main() -> int:
    """Run the long form for every way; exit code 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="scripts/chaos/outage", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the database is away")
    parser.add_argument("--way", choices=[*WAYS, EMBEDDED], action="append", help="default: all")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    failed = 0
    for way in options.way or [*WAYS, EMBEDDED]:
        with tempfile.TemporaryDirectory() as folder:
            work = (
                embedded_crash(Path(folder), seed=options.seed)
                if way == EMBEDDED
                else outage(Path(folder), seconds=options.seconds, way=way, seed=options.seed)
            )
            failed |= report(f"database trouble ({way}), seed {options.seed}", asyncio.run(work))
    return failed


if __name__ == "__main__":
    sys.exit(main())
