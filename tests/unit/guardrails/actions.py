"""Proposed actions and policies for the tests of the policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from guardrails.policy.policy_file import parse_policy
from guardrails.policy.tool_policy import Policy
from guardrails.verdict import PastAction, ProposedAction

EXAMPLE = Path(__file__).parents[3] / "examples" / "shop" / "policy.toml"
NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
"""A Tuesday, 12:00 in Berlin."""


def shipped() -> Policy:
    """Return the shipped policy."""
    return parse_policy(EXAMPLE.read_text("utf-8"), source="policy.toml")


def policy(text: str) -> Policy:
    """Return the policy of this text."""
    return parse_policy(text, source="policy.toml")


def refund(amount: str | None = "10", /, **changes: Any) -> ProposedAction:
    """Return a refund by a verified customer in a chat at noon, changed as wanted."""
    values: dict[str, Any] = {
        "tool": "refund_order",
        "sensitivity": "sensitive",
        "trust_needed": 3,
        "degrades": False,
        "arguments": {"order_id": "1042", "amount": amount, "currency": "EUR", "reason": "broken"},
        "trust": 3,
        "channel": "chat",
        "now": NOON,
        "amount": None if amount is None else Decimal(amount),
        "currency": "EUR",
        "facts": {"status": "delivered"},
    }
    return ProposedAction(**(values | changes))


def write(tool: str = "create_ticket", **changes: Any) -> ProposedAction:
    """Return a small change by an anonymous customer."""
    values = {"tool": tool, "sensitivity": "write", "trust_needed": 0, "trust": 0, "arguments": {}}
    return refund(None, **(values | changes))


def past(order: str = "7", *, ago: timedelta = timedelta(hours=2), **changes: Any) -> PastAction:
    """Return an earlier refund of 10 EUR for another order."""
    values: dict[str, Any] = {
        "tool": "refund_order",
        "arguments": {"order_id": order, "amount": "10", "currency": "EUR", "reason": "late"},
        "state": "done",
        "at": NOON - ago,
        "amount": Decimal(10),
        "currency": "EUR",
    }
    return PastAction(**(values | changes))
