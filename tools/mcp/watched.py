"""The messages of a server as they come in: counted, slowed down, and their end noticed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp_types import JSONRPCRequest

from tools.mcp.bounds import QUESTIONS, Pace

BURST = 500.0
RATE = 200.0
"""Messages at once, and per second from then on."""


@asynccontextmanager
async def watched(
    transport: AbstractAsyncContextManager[Any], ended: asyncio.Event
) -> AsyncIterator[tuple[Any, Any]]:
    """Yield the streams of `transport`; `ended` is set when no more messages come.

    A server that asks us too much is cut off: each question of its costs an answer that it need not read.
    """
    async with transport as (incoming, outgoing):
        heard, passed_on = anyio.create_memory_object_stream[Any](0)
        async with heard, passed_on:
            work = asyncio.create_task(_pass_on(incoming, heard, ended))
            try:
                yield passed_on, outgoing
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)


async def _pass_on(incoming: Any, heard: MemoryObjectSendStream[Any], ended: asyncio.Event) -> None:
    pace, questions = Pace(burst=BURST, rate=RATE), 0
    try:
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for item in incoming:
                questions += isinstance(getattr(item, "message", None), JSONRPCRequest)
                if questions > QUESTIONS:
                    break
                await pace.take(1)
                await heard.send(item)
    finally:
        heard.close()
        ended.set()
