"""What rules judge, and what they say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal


class Judgement(StrEnum):
    """What is to become of a value, from the mildest to the strictest."""

    ALLOW = "allow"
    FLAG = "flag"
    """Allowed, but noted, and what follows from it is treated with more care."""
    REDACT = "redact"
    HOLD = "hold"
    """A human decides."""
    BLOCK = "block"


SEVERITY = {judgement: place for place, judgement in enumerate(Judgement)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One rule's verdict; `reason` is a sentence an operator, and a model asked to mend it, can read.

    `text` is what stands instead of a redacted value, None for every other judgement.
    """

    judgement: Judgement
    rule: str = ""
    reason: str = ""
    text: str | None = None

    @property
    def blocked(self) -> bool:
        """Say whether the value must not be used without a human."""
        return self.judgement in (Judgement.BLOCK, Judgement.HOLD)


ALLOWED = Verdict(judgement=Judgement.ALLOW)


def flag(rule: str, reason: str) -> Verdict:
    """Return a verdict that allows and is noted."""
    return Verdict(judgement=Judgement.FLAG, rule=rule, reason=reason)


def redact(rule: str, reason: str, text: str) -> Verdict:
    """Return a verdict that puts `text` in the value's place."""
    return Verdict(judgement=Judgement.REDACT, rule=rule, reason=reason, text=text)


def hold(rule: str, reason: str) -> Verdict:
    """Return a verdict that leaves it to a human."""
    return Verdict(judgement=Judgement.HOLD, rule=rule, reason=reason)


def block(rule: str, reason: str) -> Verdict:
    """Return a verdict that blocks."""
    return Verdict(judgement=Judgement.BLOCK, rule=rule, reason=reason)


def strictest(*verdicts: Verdict) -> Verdict:
    """Return the strictest verdict, the first one among equals; ALLOWED when there is none."""
    return max(verdicts, key=lambda verdict: SEVERITY[verdict.judgement], default=ALLOWED)


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
