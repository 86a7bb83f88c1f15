"""A whole gateway that takes calls: sandbox model, example shop, the test Whisper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType

import aiohttp

from channels.voice.transcribing.weights import TEST_MODEL
from switchboard.web_chat import sign_identity
from tests.support.gateway import Gateway

SECRET = "a secret of at least thirty-two bytes"
NOTHING: Mapping[str, str] = MappingProxyType({})
READY_WITHIN = 30.0


def identity(email: str, name: str) -> str:
    """Return an identity token that the gateway believes."""
    return sign_identity(email, name, SECRET)


@asynccontextmanager
async def voice_gateway(folder: Path, *, variables: Mapping[str, str] = NOTHING) -> AsyncIterator[Gateway]:
    """Yield a running gateway that hears and speaks."""
    given = {
        "OXLO_API_KEY": "",  # empty is unset: the sandbox model answers
        "SWITCHBOARD_WHISPER_MODEL": str(TEST_MODEL),
        "SWITCHBOARD_IDENTITY_SECRET": SECRET,
        **variables,
    }
    async with Gateway(folder / "var", model="http://127.0.0.1:9", variables=given, voice=True) as gateway:
        await voice_ready(gateway.url)
        yield gateway


async def voice_ready(url: str) -> None:
    """Wait until the gateway says that it is ready, its transcriber included."""
    async with aiohttp.ClientSession() as http, asyncio.timeout(READY_WITHIN):
        while True:
            async with http.get(f"{url}/readyz") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.1)
