"""One small HTTP request for a check: bounded in time and size, never raising."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

LONGEST = 1_000_000  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """`status` 0 means that nobody answered, and `error` says why; `body` is None unless it is JSON."""

    status: int
    body: Any = None
    error: str = ""


async def get_json(url: str, *, timeout: float, headers: Mapping[str, str] | None = None) -> Answer:
    """GET `url` within `timeout` seconds, following no redirect."""
    limit = aiohttp.ClientTimeout(total=timeout)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.get(url, headers=headers, allow_redirects=False) as response,
        ):
            body = await response.content.read(LONGEST)
            return Answer(status=response.status, body=_parsed(body))
    except TimeoutError:
        return Answer(status=0, error=f"no answer within {timeout:g} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answer(status=0, error=str(error) or type(error).__name__)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
