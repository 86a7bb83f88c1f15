"""Fill the disk under the gateway's data while customers write, then free it: nothing acked is lost."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.support.chaos.audit import Audit, audit
from tests.support.chaos.kill import report
from tests.support.chaos.model import TicketModel
from tests.support.chaos.outage import refusal_problems, through
from tests.support.chaos.storm import storm, until
from tests.support.gateway import Gateway, embedded_url

SIZE = 224
"""Megabytes of the small disk: an embedded PostgreSQL and some room."""


class NoSmallDisk(Exception):
    """A small file system can't be mounted here; the text says why."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a small file system at `folder` for as long as the block runs; raise `NoSmallDisk`."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=755", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoSmallDisk(f"mount can't be run: {error.strerror}") from None
    if done.returncode:
        raise NoSmallDisk(done.stderr.strip() or f"mount ended with {done.returncode}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def full_disk(folder: Path, *, seconds: float, seed: int, customers: int = 6) -> Audit:
    """Run traffic on an embedded PostgreSQL below `folder`, whose disk is full for `seconds`."""
    async with (
        TicketModel(seed=seed) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=customers, seed=seed) as people,
    ):

        async def trouble() -> list[str]:
            filler = folder / "filler"
            keeping_full = asyncio.create_task(_keep_full(filler))
            try:
                # Pages that are already there still take rows, so the first refusal comes when it comes.
                await until(lambda: any(customer.heard.errors for customer in people.customers), limit=20.0)
                await asyncio.sleep(seconds)
            except TimeoutError:
                return ["nobody was told that the store is away"]
            finally:
                keeping_full.cancel()
                await asyncio.gather(keeping_full, return_exceptions=True)
                filler.unlink()
            return refusal_problems(people)

        problems = await through(people, gateway, trouble)
        url = embedded_url(gateway.home)
        result = await audit(url, people.customers, model.served, power_failed=True)  # PostgreSQL gave up
    return replace(result, problems=result.problems + tuple(problems))


async def _keep_full(filler: Path) -> None:
    """Take every byte that is free, now and whenever there is one again."""
    with filler.open("ab", buffering=0) as file:
        while True:
            fill(file.fileno())
            await asyncio.sleep(0.05)


def fill(descriptor: int) -> None:
    """Write until nothing more fits."""
    for size in (1 << 20, 1 << 12, 1):
        with contextlib.suppress(DiskIsFull):
            while True:
                _write(descriptor, b"\0" * size)


class DiskIsFull(Exception):
    """Nothing of this size fits any more."""


def _write(descriptor: int, data: bytes) -> None:
    try:
        if os.write(descriptor, data) < len(data):
            raise DiskIsFull
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskIsFull from None


def main() -> int:
    """Run the long form; exit code 1 when a promise was broken, 0 with a reason where it can't run."""
    parser = argparse.ArgumentParser(prog="scripts/chaos/disk", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the disk stays full")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder) / "disk") as disk:
                result = asyncio.run(full_disk(disk, seconds=options.seconds, seed=options.seed))
        except NoSmallDisk as reason:
            sys.stdout.write(f"skipped: no small disk can be mounted here ({reason})\n")
            return 0
    return report(f"disk full for {options.seconds:g} s, seed {options.seed}", result)


if __name__ == "__main__":
    sys.exit(main())
