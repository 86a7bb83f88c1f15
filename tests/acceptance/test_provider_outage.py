"""A provider that is away, met as customers and operators meet it: by real gateways over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.support.gateway import Gateway
from tests.support.model_server import ModelServer
from tests.support.model_server.behaviours import answer, status

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

QUESTIONS = ("What is your return policy?", "Wo ist mein Paket bitte?", "Can I pay later?", "Hello, anybody?")


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


def variables(database_url: str) -> dict[str, str]:
    return {"SWITCHBOARD_DATABASE_URL": database_url, "SWITCHBOARD_REQUESTS_PER_DAY": "60"}


class Front:
    """What is asked of one gateway from outside."""

    def __init__(self, gateway: Gateway, http: aiohttp.ClientSession) -> None:
        self._url = gateway.url
        self._http = http
        token = (gateway.home / "secrets" / "operator_token").read_text().strip()
        self._bearer = {"Authorization": f"Bearer {token}"}

    async def ask(self, who: str, text: str) -> dict[str, Any]:
        body = {"session_id": who, "message": text}
        async with self._http.post(f"{self._url}/chat", json=body) as response:
            return dict(await response.json())

    async def get(self, path: str) -> dict[str, Any]:
        async with self._http.get(f"{self._url}{path}", headers=self._bearer) as response:
            return dict(await response.json())

    async def take(self, conversation: str) -> None:
        path = f"{self._url}/api/conversations/{conversation}/take"
        async with self._http.post(path, json={"operator": "Ann"}, headers=self._bearer) as response:
            assert response.status == 200

    async def metrics(self) -> str:
        async with self._http.get(f"{self._url}/metrics") as response:
            return await response.text()


async def nobody_waits(front: Front, *, limit: float) -> None:
    async with asyncio.timeout(limit):
        while (await front.get("/api/conversations?status=deferred"))["items"]:  # noqa: ASYNC110 - HTTP
            await asyncio.sleep(0.5)


async def test_an_outage_is_survived_by_two_replicas_of_which_one_is_killed(
    folder: Path, database_url: str, server: ModelServer
) -> None:
    near = Gateway(folder / "near", model=server.url, variables=variables(database_url))
    far = Gateway(folder / "far", model=server.url, variables=variables(database_url))
    async with near, far, aiohttp.ClientSession() as http:
        fronts = [Front(near, http), Front(far, http)]
        server.otherwise = lambda _: status(503, "all workers busy")
        asked = [fronts[number % 2].ask(f"customer-{number}", QUESTIONS[number]) for number in range(4)]
        outcomes = await asyncio.gather(*asked)
        assert {outcome["status"] for outcome in outcomes} == {"deferred"}
        assert "Assistent nicht erreichbar" in outcomes[1]["reply"]

        await near.kill()
        await near.start()
        queue = (await fronts[0].get("/api/conversations?status=deferred"))["items"]
        assert {item["deferred"]["reason"] for item in queue} == {"provider"}
        assert {item["id"] for item in queue} == {outcome["conversation"] for outcome in outcomes}
        assert "4 conversations wait" in (await fronts[0].get("/readyz"))["notices"]["model"]
        late = await fronts[0].ask("customer-4", "Too late?")
        assert late["status"] == "deferred"
        await fronts[1].take(outcomes[3]["conversation"])
        assert len(server.requests) <= 20

        server.otherwise = lambda _: answer()
        await nobody_waits(fronts[0], limit=90.0)
        usage = await fronts[0].get("/api/usage")
        assert usage["budget"]["used"] == usage["counted"] == 4
        assert usage["refused"] == len(server.requests) - 4
        rows = await authors(database_url)
        assert rows == {"assistant": 4, "customer": 5, "system": 5}


async def test_a_refused_key_is_told_at_start_and_customers_wait_until_it_works(
    folder: Path, database_url: str, server: ModelServer
) -> None:
    server.refuses_key = True
    gateway = Gateway(folder / "one", model=server.url, variables=variables(database_url))
    async with gateway, aiohttp.ClientSession() as http:
        front = Front(gateway, http)
        assert "OXLO_API_KEY" in gateway.last_log()
        assert "OXLO_API_KEY" in (await front.get("/readyz"))["notices"]["model"]
        outcome = await front.ask("customer", "What is your return policy?")
        assert outcome["status"] == "deferred"
        async with asyncio.timeout(30):
            while 'breaker_open{part="provider"} 1.0' not in await front.metrics():  # noqa: ASYNC110 - HTTP
                await asyncio.sleep(0.2)
        server.refuses_key = False
        await nobody_waits(front, limit=60.0)
        async with asyncio.timeout(30):
            while "model" in (await front.get("/readyz")).get("notices", {}):  # noqa: ASYNC110 - HTTP
                await asyncio.sleep(0.5)


async def authors(database_url: str) -> dict[str, int]:
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT author, count(*) AS n FROM messages GROUP BY 1")
    finally:
        await connection.close()
    return {row["author"]: row["n"] for row in rows}
