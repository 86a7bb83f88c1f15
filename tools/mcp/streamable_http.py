"""A server over streamable HTTP, its answers bounded before anything parses them.

Source: MCP 2025-11-25 and 2026-07-28, "Transports", streamable HTTP.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

from tools.mcp.bounds import CALLS, CONNECT, MESSAGE, RateLimit
from tools.mcp.settings import LONGEST

EVENTS = "text/event-stream"
SILENCE = 300.0
"""Seconds that an event stream may say nothing."""
STEADY = 256_000.0
"""Bytes a second of an event stream, after its first message's worth."""


class TooMuch(httpx2.StreamError):
    """The server sent more than we take."""


@asynccontextmanager
async def http_transport(url: str, headers: Mapping[str, str]) -> AsyncIterator[Any]:
    """Yield the two message streams of a server; nothing is sent before the first message."""
    client = httpx2.AsyncClient(
        headers={**headers, "Accept-Encoding": "identity"},
        timeout=httpx2.Timeout(CONNECT, read=max(SILENCE, LONGEST)),
        transport=_BoundedTransport(),
        trust_env=False,  # no proxy and no netrc password that nobody configured here
    )
    async with client, streamable_http_client(url, http_client=client, max_sse_event_size=MESSAGE) as streams:
        yield streams


class _BoundedTransport(httpx2.AsyncBaseTransport):
    """Sends over HTTP and hands answers on as far as they keep to the bounds."""

    def __init__(self) -> None:
        limits = httpx2.Limits(max_connections=2 * CALLS, max_keepalive_connections=CALLS)
        self._inner = httpx2.AsyncHTTPTransport(limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; ConnectError for an answer that is compressed, whose size can't be known."""
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
            await response.aclose()
            raise httpx2.ConnectError("The server compresses its answers, which was not asked for.")
        is_stream = response.headers.get("content-type", "").lower().startswith(EVENTS)
        return httpx2.Response(
            status_code=response.status_code,
            headers=response.headers,
            stream=_BoundedStream(response, endless=is_stream),
            extensions=response.extensions,
            request=request,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()


class _BoundedStream(httpx2.AsyncByteStream):
    """A body: an endless one is slowed down, any other ends with an error at the limit."""

    def __init__(self, response: httpx2.Response, *, endless: bool) -> None:
        self._response = response
        self._endless = endless

    async def __aiter__(self) -> AsyncIterator[bytes]:
        taken, pace = 0, RateLimit(burst=2 * MESSAGE, rate=STEADY)
        stream = self._response.stream
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TooMuch("The answer can't be read.")
        async for piece in stream:
            taken += len(piece)
            if not self._endless and taken > MESSAGE:
                raise TooMuch("The server sent more than we take.")
            await pace.take(len(piece))
            yield piece

    async def aclose(self) -> None:
        await self._response.aclose()
