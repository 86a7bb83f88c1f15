"""Reads request bodies with a bound on size and time."""

from __future__ import annotations

import asyncio

from aiohttp import web

from channels.chat.errors import ChatError


async def read_body(request: web.Request, *, most: int, timeout: float) -> bytes:
    """Return the whole body; raises ChatError `body_too_large` over `most` bytes, `body_timeout`."""
    too_large = ChatError(f"The body is larger than {most} bytes.", code="body_too_large")
    if (request.content_length or 0) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(timeout):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise ChatError("The body did not arrive in time.", code="body_timeout") from None
    return bytes(body)
