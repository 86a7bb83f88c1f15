"""One client floods the gateway; the others notice nothing, and what was acked is answered all the same."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.support.chaos.audit import audit
from tests.support.chaos.customer import LOST, Customer
from tests.support.chaos.model import TOKEN, TicketModel
from tests.support.chaos.storm import storm, until
from tests.support.gateway import Gateway, embedded_url

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

FLOOD = 10_000
PROMPT = 3.0  # seconds within which everybody else is answered
DEFAULT_LIMITS = {"SWITCHBOARD_CHAT__MESSAGES_BURST": "", "SWITCHBOARD_CHAT__MESSAGES_PER_MINUTE": ""}


class Flooder:
    """Sends all messages without reading in between, as no sane client does; then reads what came back."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.sent = {str(uuid4()): f"flood-{n % 1000}-{_letters(n)}" for n in range(FLOOD)}
        self.acked: set[str] = set()
        self.replies: list[str] = []
        self.errors: list[Mapping[str, Any]] = []
        self.close_code: int | None = None
        self._http = http
        self._url = url
        self._token: str | None = None

    async def flood(self) -> None:
        """Send everything on one socket and read until it is closed."""
        async with self._http.ws_connect(f"{self._url}/chat/ws") as ws:
            await self._hello(ws)
            sending = asyncio.create_task(self._send(ws))
            async for message in ws:
                self._take(json.loads(message.data))
            await sending
            self.close_code = ws.close_code

    async def listen(self) -> None:
        """Come back and read on until every acked message was answered."""
        self.replies.clear()
        async with asyncio.timeout(30), self._http.ws_connect(f"{self._url}/chat/ws") as ws:
            await self._hello(ws)
            while not {self.sent[id_] for id_ in self.acked} <= set(self.told()):
                self._take(await ws.receive_json())

    def told(self) -> list[str]:
        """Return the tokens of all replies."""
        return TOKEN.findall(" ".join(self.replies))

    async def _hello(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        await ws.send_json({"type": "hello", "token": self._token, "after": 0})
        self._token = (await ws.receive_json())["token"]

    async def _send(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        try:
            for id_, token in self.sent.items():
                await ws.send_json({"type": "message", "id": id_, "text": f"Now {token}!"})
        except LOST:
            pass  # it was closed on us, as it should be

    def _take(self, frame: Mapping[str, Any]) -> None:
        match frame["type"]:
            case "ack":
                self.acked.add(frame["id"])
            case "message":
                self.replies.append(frame["text"])
            case "error":
                self.errors.append(frame)


def _letters(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in f"{number:012}")


async def slowest_answer(customer: Customer, flooding: asyncio.Task[None]) -> float:
    """Write one message after the other while the flood lasts, at least three; return the longest wait."""
    waits: list[float] = []
    while len(waits) < 3 or not flooding.done():
        started = time.monotonic()
        await customer.write()
        await until(lambda: not customer.open_messages, limit=20.0)
        waits.append(time.monotonic() - started)
    return max(waits)


async def test_a_flood_is_held_off_and_harms_nobody_else(folder: Path) -> None:
    async with (
        TicketModel(slowest=0.1) as model,
        Gateway(folder / "var", model=model.url, variables=DEFAULT_LIMITS) as gateway,
        storm(model, lambda _: gateway.url, customers=1, seed=1) as people,
    ):
        [customer] = people.customers
        await until(lambda: customer.connected)
        flooder = Flooder(people.http, gateway.url)
        flooding = asyncio.create_task(flooder.flood())
        slowest = await slowest_answer(customer, flooding)
        await flooding
        assert slowest < PROMPT
        assert flooder.close_code == 4429
        assert {error["code"] for error in flooder.errors} == {"rate_limited"}
        assert all(error["retry_after"] > 0 for error in flooder.errors)
        assert 30 <= len(flooder.acked) < FLOOD
        await flooder.listen()
        assert sorted(flooder.told()) == sorted(flooder.sent[id_] for id_ in flooder.acked)
        assert customer.heard.connections == 1


async def test_a_flood_that_is_let_in_is_answered_and_harms_nobody_else(folder: Path) -> None:
    async with (
        TicketModel(slowest=0.1) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=2, seed=1) as people,
    ):
        customer, flooder = people.customers
        await until(lambda: customer.connected and flooder.connected)

        async def flood() -> None:
            await flooder.write(150)
            await until(lambda: not flooder.open_messages, limit=60.0)

        flooding = asyncio.create_task(flood())
        slowest = await slowest_answer(customer, flooding)
        await flooding
        result = await audit(embedded_url(gateway.home), people.customers, model.served)
        assert slowest < PROMPT
        assert result.problems == ()
