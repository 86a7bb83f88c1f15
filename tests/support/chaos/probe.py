"""A bystander who asks a gateway in trouble how it is, and writes down what it should not have said."""

from __future__ import annotations

import asyncio
import time

import aiohttp

LONGEST = 12.0
"""Seconds within which a refusal has to come."""


class Witness:
    """Asks `/healthz`, `/readyz` and `POST /chat` while the store is away."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.problems: list[str] = []
        self.refusals = 0
        self._http = http
        self._url = url

    async def watch(self, seconds: float) -> None:
        """Ask again and again for so long; the first second is grace."""
        ends = time.monotonic() + seconds
        await asyncio.sleep(min(1.0, seconds / 2))
        while time.monotonic() < ends:
            await self._look()
            await asyncio.sleep(0.5)
        if not self.refusals:
            self.problems.append("POST /chat was never refused")

    async def _look(self) -> None:
        if await status(self._http, f"{self._url}/healthz") != 200:
            self.problems.append("/healthz failed, but the process lives")
        if await status(self._http, f"{self._url}/readyz") != 503:
            self.problems.append("/readyz was not 503 while the store was away")
        try:
            await self._post()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.problems.append(f"POST /chat brought {type(error).__name__}")

    async def _post(self) -> None:
        body = {"session_id": None, "message": "Are you there?"}
        async with self._http.post(
            f"{self._url}/chat", json=body, timeout=aiohttp.ClientTimeout(total=LONGEST)
        ) as response:
            error = (await response.json()).get("error", {})
            if response.status != 503 or not response.headers.get("Retry-After"):
                self.problems.append(f"POST /chat was answered {response.status}, {error}")
            elif not error.get("retry_after"):
                self.problems.append(f"POST /chat did not say when to come back: {error}")
            else:
                self.refusals += 1


async def is_ready(http: aiohttp.ClientSession, url: str) -> bool:
    """Say whether the gateway says that it may be sent work."""
    return await status(http, f"{url}/readyz") == 200


async def status(http: aiohttp.ClientSession, url: str) -> int:
    """Return the status of a GET, 0 when there was no answer within 5 s."""
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=5.0)) as response:
            return response.status
    except (aiohttp.ClientError, TimeoutError):
        return 0
