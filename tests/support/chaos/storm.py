"""A gateway, its model and its customers, ready for something to go wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from tests.support.chaos.customer import Customer
from tests.support.chaos.model import TicketModel

UNANSWERED = 8
"""Messages that a customer leaves open before waiting for an answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Storm:
    """The people and the model of one run."""

    customers: Sequence[Customer]
    model: TicketModel
    http: aiohttp.ClientSession
    dice: random.Random

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Let every customer write at random moments for as long as the block runs."""
        writers = [asyncio.create_task(self._write(customer)) for customer in self.customers]
        try:
            yield
        finally:
            await cancelled(writers)

    async def _write(self, customer: Customer) -> None:
        while True:
            await asyncio.sleep(self.dice.uniform(0.0, 0.8))
            if len(customer.open_messages) < UNANSWERED:
                await customer.write(self.dice.choice((1, 1, 1, 2, 3)))

    @property
    def settled(self) -> bool:
        """Say whether every message was acked and answered."""
        return not any(customer.open_messages for customer in self.customers)

    async def settle(self, *, limit: float = 60.0) -> None:
        """Wait until every message was acked and answered, or the time is up: the audit tells what is not."""
        try:
            await until(lambda: self.settled, limit=limit)
        except TimeoutError:
            return


@asynccontextmanager
async def storm(
    model: TicketModel,
    where: Callable[[int], str],
    *,
    customers: int,
    seed: int,
    person: Callable[..., Customer] = Customer,
    first: int = 0,
) -> AsyncIterator[Storm]:
    """Yield connected customers; `where` says which gateway a customer's number belongs to.

    Their names are those of the numbers from `first` on.
    """
    dice = random.Random(seed)
    async with aiohttp.ClientSession() as http:
        people = [
            person(
                f"{chr(97 + number % 26)}{chr(97 + number // 26)}",
                http=http,
                where=lambda number=number: where(number),  # a default binds the number
                dice=random.Random(dice.random()),
            )
            for number in range(first, first + customers)
        ]
        tasks = [asyncio.create_task(customer.run()) for customer in people]
        try:
            yield Storm(customers=people, model=model, http=http, dice=dice)
        finally:
            await cancelled(tasks)


async def cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End tasks; Python 3.11's `wait_for` loses a cancellation that meets its result, so it is said again."""
    going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=1.0)


async def until(condition: Callable[[], bool], *, limit: float = 15.0) -> None:
    """Wait until `condition` holds; raise TimeoutError after `limit` seconds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - what happens in another process has no event to wait for
            await asyncio.sleep(0.02)
