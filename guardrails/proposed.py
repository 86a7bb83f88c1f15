"""An action the model proposes, with all that a rule may judge it by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Ruled = Literal["run", "ask", "refuse"]


@dataclass(frozen=True, kw_only=True, slots=True)
class PastAction:
    """An earlier action of the same customer; `state` is held, started, done, failed, in_doubt or refused."""

    tool: str
    arguments: Mapping[str, Any]
    state: str
    at: datetime
    amount: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposedAction:
    """A call before it runs.

    `sensitivity` is read, write or sensitive; `trust_needed` and `trust` are levels 0 to 3; `amount` and
    `currency` are what the tool's preview says the call is about; `past` are the customer's actions of the
    last 31 days, oldest first; `flagged` says that what led to it holds instructions for the model.
    """

    tool: str
    sensitivity: str
    trust_needed: int
    degrades: bool
    arguments: Mapping[str, Any]
    trust: int
    channel: str
    now: datetime
    amount: Decimal | None = None
    currency: str | None = None
    tags: frozenset[str] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=dict)
    past: tuple[PastAction, ...] = ()
    flagged: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What becomes of a proposed action, and the line of the policy or the rule that says so.

    `expires_hours` is how long a human has to decide an `ask`.
    """

    ruled: Ruled
    line: str
    reason: str
    expires_hours: float = 72.0
