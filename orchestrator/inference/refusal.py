"""Reads an error status: the provider's own words, and when to come back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from orchestrator.inference.errors import HttpRefused

_LONGEST = 86_400.0  # seconds


def refusal(error: openai.APIStatusError) -> HttpRefused:
    """Return the SDK's status error as ours."""
    body = error.body if isinstance(error.body, Mapping) else {}
    words = [body.get(name) for name in ("message", "detail", "code", "type")]
    message = " ".join(str(word)[:2000] for word in words if word) or str(error.body or "")[:2000]
    return HttpRefused(
        error.status_code,
        message,
        param=str(body.get("param") or "")[:200],
        retry_after=retry_after(error.response.headers),
    )


def retry_after(headers: Mapping[str, Any], *, now: datetime | None = None) -> float | None:
    """Return the wait in seconds, at most a day, None where the server does not say.

    `retry-after-ms`, `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
    """
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return _bounded(milliseconds / 1000)
    text = headers.get("retry-after")
    if (seconds := _number(text)) is not None:
        return _bounded(seconds)
    try:
        when = parsedate_to_datetime(str(text))
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return _bounded((when - (now or datetime.now(UTC))).total_seconds())


def _number(text: Any) -> float | None:
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), _LONGEST) if not math.isnan(seconds) else None  # NaN says nothing
