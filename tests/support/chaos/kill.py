"""Kill the gateway with SIGKILL at random moments while customers write, then audit what became of it all."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.chaos.audit import Audit, audit
from tests.support.chaos.model import TicketModel
from tests.support.chaos.postgres import crash
from tests.support.chaos.storm import storm
from tests.support.gateway import Gateway, embedded_url

FIRST_START = 2.5
"""Seconds that a very first start may take: making the database, its tables and the example data."""


async def kill_loop(folder: Path, *, kills: int, seed: int, customers: int = 8, power: float = 0.0) -> Audit:
    """Run the loop in `folder` and return the audit.

    The embedded PostgreSQL outlives a kill, except in the share `power` of them: it dies too, as when the
    power fails.
    """
    dice = random.Random(seed)
    async with (
        TicketModel(seed=seed) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=customers, seed=seed) as people,
    ):
        async with people.writing():
            for number in range(kills):
                await asyncio.sleep(moment(dice))
                if dice.random() < power:
                    crash(gateway.home)
                await gateway.kill()
                watched(f"kill {number + 1} of {kills}, {len(model.served)} model requests so far")
                await gateway.spawn()
            await gateway.ready()
        await people.settle()
        return await audit(embedded_url(gateway.home), people.customers, model.served, power_failed=power > 0)


async def killed_first_start(folder: Path, *, after: float) -> None:
    """Kill a very first start `after` seconds and start again; raise RuntimeError if it fails."""
    async with TicketModel() as model:
        gateway = Gateway(folder / "var", model=model.url)
        try:
            await gateway.spawn()
            await asyncio.sleep(after)
            await gateway.kill()
            await gateway.start()
        finally:
            await gateway.end()


def moment(dice: random.Random) -> float:
    """Return how long a life lasts: often too short to get ready, at times long enough to take over turns."""
    return dice.uniform(0.0, 2.5) if dice.random() < 0.7 else dice.uniform(2.5, 6.0)


def watched(text: str) -> None:
    """Tell the person who watches, on the same line while it goes on."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}   ")
        sys.stderr.flush()


def main() -> int:
    """Run the long form; exit code 1 when a promise was broken."""
    from tests.support.chaos.everything import kill_everything

    parser = argparse.ArgumentParser(prog="scripts/chaos/kill", description=kill_everything.__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--first-starts", type=int, default=3, help="kills of very first starts, before")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, help="a folder where the logs and data stay")
    options = parser.parse_args()
    dice = random.Random(options.seed)
    for number in range(options.first_starts):
        watched(f"first start {number + 1} of {options.first_starts}")
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(killed_first_start(Path(folder), after=dice.uniform(0.0, FIRST_START)))
    with tempfile.TemporaryDirectory() as temporary:
        home = options.keep or Path(temporary)
        result = asyncio.run(kill_everything(home, kills=options.kills, seed=options.seed))
    lines = [f"seed {options.seed}", result.table(), *(f"BROKEN: {each}" for each in result.problems)]
    lines += [verdict(result.problems)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if result.problems else 0


def verdict(problems: Sequence[str]) -> str:
    """Return the last line."""
    return f"{len(problems)} promises were broken" if problems else "every promise was kept"


def report(title: str, result: Audit) -> int:
    """Print what was counted and what was broken; return the exit code."""
    lines = [f"{title}: {result.summary()}", *(f"BROKEN: {each}" for each in result.problems)]
    lines += [verdict(result.problems)]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
