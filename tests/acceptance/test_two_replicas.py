"""Two gateways on one database: they share the work, and one can leave, politely or not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.support.chaos.audit import audit
from tests.support.chaos.model import TicketModel
from tests.support.chaos.probe import status
from tests.support.chaos.storm import Storm, storm, until
from tests.support.gateway import Gateway, embedded_url, postmaster
from tests.support.house import until as until_stored

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

NARROW = {"SWITCHBOARD_TURN__CONCURRENCY": "2"}
"""So few turns at once that one replica alone can't take what six customers write."""
TAKEN_OVER_WITHIN = 10.0


@pytest.fixture
async def model() -> AsyncIterator[TicketModel]:
    async with TicketModel(slowest=0.5) as server:
        yield server


@pytest.fixture
async def tables(database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def replica_number(tables: asyncpg.Connection[Any]) -> int:
    """Return the number of the replica that started last."""
    return int(await tables.fetchval("SELECT last_value FROM replica_numbers"))


def shared(database_url: str) -> dict[str, str]:
    return {"SWITCHBOARD_DATABASE_URL": database_url, **NARROW}


async def test_events_of_a_turn_reach_sockets_on_the_other_replica(
    folder: Path, database_url: str, tables: asyncpg.Connection[Any], model: TicketModel
) -> None:
    near = Gateway(folder / "near", model=model.url, variables=shared(database_url))
    far = Gateway(folder / "far", model=model.url, variables=shared(database_url))
    async with near, far, storm(model, lambda _: near.url, customers=6, seed=1) as people:
        number = await replica_number(tables)

        async def far_turns() -> set[str]:
            rows = await tables.fetch("SELECT id FROM turns WHERE replica = $1 AND state = 'done'", number)
            return {str(row["id"]) for row in rows}

        async def shown_live() -> bool:
            shown = {delta["turn"] for customer in people.customers for delta in customer.heard.deltas}
            return bool(shown & await far_turns())

        async with people.writing():
            await until_stored(shown_live, limit=30.0)
        await people.settle()
        replicas = {row["replica"] for row in await tables.fetch("SELECT DISTINCT replica FROM turns")}
        result = await audit(database_url, people.customers, model.served)
        heard = {reply["turn"] for customer in people.customers for reply in customer.heard.replies}
        assert result.problems == ()
        assert len(replicas) == 2
        assert await far_turns() <= heard
        assert all(customer.heard.typing for customer in people.customers)
        assert all(customer.heard.connections == 1 for customer in people.customers)


async def test_the_turns_of_a_killed_replica_are_taken_over_within_seconds(
    folder: Path, database_url: str, tables: asyncpg.Connection[Any]
) -> None:
    async with TicketModel(slowest=1.5) as model:
        near = Gateway(folder / "near", model=model.url, variables=shared(database_url))
        far = Gateway(folder / "far", model=model.url, variables=shared(database_url))
        async with near, far, storm(model, lambda _: near.url, customers=6, seed=2) as people:
            number = await replica_number(tables)

            async def far_is_busy() -> bool:
                busy = "SELECT count(*) FROM turns WHERE replica = $1 AND state = 'running'"
                return bool(await tables.fetchval(busy, number))

            async with people.writing():
                await until_stored(far_is_busy, limit=30.0)
                await far.kill()
                left = await tables.fetch(
                    "SELECT id FROM turns WHERE replica = $1 AND state = 'running'", number
                )

                async def taken_over() -> bool:
                    return not await far_is_busy()

                await until_stored(taken_over, limit=TAKEN_OVER_WITHIN)
            await people.settle()
            result = await audit(database_url, people.customers, model.served)
            assert left, "the killed replica had nothing to leave: the test proves nothing"
            assert result.problems == ()
            assert result.resumed >= len(left)


async def test_customers_of_a_killed_replica_go_on_with_the_other(
    folder: Path, database_url: str, model: TicketModel
) -> None:
    near = Gateway(folder / "near", model=model.url, variables=shared(database_url))
    far = Gateway(folder / "far", model=model.url, variables=shared(database_url))
    balancer = [far.url]
    async with near, far, storm(model, lambda _: balancer[0], customers=4, seed=3) as people:
        async with people.writing():
            await until(lambda: all(customer.heard.replies for customer in people.customers), limit=30.0)
            balancer[0] = near.url
            await far.kill()
            await until(lambda: all(customer.heard.connections > 1 for customer in people.customers))
        await people.settle()
        result = await audit(database_url, people.customers, model.served)
        assert result.problems == ()


async def drained(gateway: Gateway, people: Storm) -> tuple[int, set[int]]:
    """Send SIGTERM while turns run; return the exit code and what `/readyz` said until the end."""
    model = people.model
    for customer in people.customers:
        await customer.write()
    await until(lambda: len(model.served) >= len(people.customers))
    gateway.terminate()
    said: set[int] = set()
    async with aiohttp.ClientSession() as http:
        ending = asyncio.create_task(gateway.ended())
        while not ending.done():
            said.add(await status(http, f"{gateway.url}/readyz"))
            await asyncio.sleep(0.05)
    return await ending, said


async def test_sigterm_drains_and_stops_the_embedded_postgres(folder: Path) -> None:
    async with (
        TicketModel(slowest=1.0) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=4, seed=4) as people,
    ):
        await until(lambda: all(customer.connected for customer in people.customers))
        code, said = await drained(gateway, people)
        assert code == 0
        assert 503 in said
        assert postmaster(gateway.home) is None
        assert {customer.heard.closes[0] for customer in people.customers} == {1012}
        assert people.settled, "a running turn was not finished before the sockets were closed"
        await gateway.start()
        for customer in people.customers:
            await customer.write()
        await people.settle()
        result = await audit(embedded_url(gateway.home), people.customers, model.served)
        assert result.problems == ()
        assert result.resumed == 0


async def test_a_turn_that_outlasts_the_drain_is_finished_by_the_next_process(folder: Path) -> None:
    async with (
        TicketModel(slowest=3.0) as model,
        Gateway(folder / "var", model=model.url, variables={"SWITCHBOARD_DRAIN_SECONDS": "0.5"}) as gateway,
        storm(model, lambda _: gateway.url, customers=4, seed=5) as people,
    ):
        await until(lambda: all(customer.connected for customer in people.customers))
        code, _ = await drained(gateway, people)
        assert code == 0
        assert not people.settled
        await gateway.start()
        await people.settle()
        result = await audit(embedded_url(gateway.home), people.customers, model.served)
        assert result.problems == ()
        assert result.resumed > 0


async def test_the_embedded_postgres_stays_for_whoever_still_uses_it(
    folder: Path, model: TicketModel
) -> None:
    home = folder / "var"
    async with Gateway(home, model=model.url) as first, Gateway(home, model=model.url) as second:
        first.terminate()
        assert await first.ended() == 0
        assert postmaster(home) is not None
        async with aiohttp.ClientSession() as http:
            assert await status(http, f"{second.url}/readyz") == 200
        second.terminate()
        assert await second.ended() == 0
        assert postmaster(home) is None
