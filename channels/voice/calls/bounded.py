"""The last things of a call, none of which may hold up or break the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final

import structlog

from channels.voice.calls.wire import WireGone

log = structlog.get_logger()
LAST_WAIT_S: Final = 3.0
"""Seconds for each of the last things: what is still in the outbox, the wire's close, the summary."""


async def bounded(work: Awaitable[None]) -> None:
    """Do a last thing; whatever it fails of, the others are still done."""
    try:
        async with asyncio.timeout(LAST_WAIT_S):
            await work
    except TimeoutError:
        log.warning("the end of a call takes too long")
    except WireGone:
        pass
    except Exception:
        log.exception("the end of a call failed")
