"""Callers for the tests of tools."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from tools.tool import Caller

# A Tuesday, ten o'clock in Berlin.
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

_ANYONE = Caller(
    customer_id=UUID(int=1),
    conversation_id=UUID(int=2),
    turn_id=UUID(int=3),
    trust=0,
    channel="chat",
    language="en",
    name=None,
    verified_addresses=(),
    claimed_addresses=(),
    idempotency_key="key-1",
    now=NOW,
)


def caller(**changes: Any) -> Caller:
    """An anonymous caller, with these fields changed."""
    return replace(_ANYONE, **changes)


def verified(*addresses: str, **changes: Any) -> Caller:
    """A caller at level 2 with these addresses."""
    return caller(trust=2, verified_addresses=addresses, **changes)
