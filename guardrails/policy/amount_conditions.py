"""What a rule of the policy asks of amounts and numbers: this one, and those of the days before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from guardrails.policy.conditions import Condition
from guardrails.policy.opening_hours import OpeningHours
from guardrails.verdict import PastAction, ProposedAction

LIVE = frozenset({"held", "started", "done", "in_doubt"})
"""States of an action that has an effect, or may still have one."""

Per = Literal["day", "week", "month"]
# Rolling, so that nobody gets twice as much around midnight or the first of a month.
WINDOWS: dict[Per, timedelta] = {
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
}
_SPAN: dict[Per, str] = {"day": "24 hours", "week": "7 days", "month": "31 days"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Amounts of one currency, from `least` to `most`; `open_start` leaves out `least` itself."""

    currency: str
    least: Decimal | None = None
    most: Decimal | None = None
    open_start: bool = False

    def has(self, amount: Decimal) -> bool:
        """Say whether a finite amount lies in it."""
        if self.least is not None and (amount <= self.least if self.open_start else amount < self.least):
            return False
        return self.most is None or amount <= self.most

    def within(self, other: Range) -> bool:
        """Say whether all of this range lies in the other."""
        return self.currency == other.currency and self._starts_in(other) and self._ends_in(other)

    def _starts_in(self, other: Range) -> bool:
        if other.least is None:
            return True
        if self.least is None:
            return False
        tighter = self.open_start or not other.open_start
        return self.least > other.least or (self.least == other.least and tighter)

    def _ends_in(self, other: Range) -> bool:
        return other.most is None or (self.most is not None and self.most <= other.most)

    def __str__(self) -> str:
        start = "above" if self.open_start else "from"
        parts = [f"{start} {self.least:.2f} {self.currency}"] if self.least is not None else []
        if self.most is not None:
            parts.append(f"up to {self.most:.2f} {self.currency}")
        return " ".join(parts) or f"in {self.currency}"


@dataclass(frozen=True, kw_only=True, slots=True)
class AmountIn:
    """What the call is about lies in the range; another currency, or no amount, does not."""

    range: Range

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        amount = amount_in(action, self.range.currency)
        return amount is not None and self.range.has(amount)

    def words(self) -> str:
        """Return it in words."""
        return str(self.range)

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, AmountIn) and other.range.within(self.range)


@dataclass(frozen=True, kw_only=True, slots=True)
class SumIn:
    """The amounts of this tool's calls within the window, this one included, come to a sum in the range."""

    range: Range
    per: Per

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        amount = amount_in(action, self.range.currency)
        if amount is None:
            return False
        before = (amount_in(past, self.range.currency) for past in recent(action, self.per))
        return self.range.has(amount + sum((each for each in before if each is not None), Decimal(0)))

    def words(self) -> str:
        """Return it in words."""
        return f"{self.range} in all within {_SPAN[self.per]}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, SumIn) and self.per == other.per and other.range.within(self.range)


@dataclass(frozen=True, kw_only=True, slots=True)
class CountIn:
    """The customer's calls of this tool within the window, this one included, number `least` to `most`."""

    per: Per
    least: int = 1
    most: int | None = None

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        number = 1 + sum(1 for _ in recent(action, self.per))
        return self.least <= number and (self.most is None or number <= self.most)

    def words(self) -> str:
        """Return it in words."""
        parts = [f"from number {self.least} on"] if self.least > 1 else []
        if self.most is not None:
            parts.append(f"at most {self.most}")
        return f"{', '.join(parts) or 'any number'} within {_SPAN[self.per]}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        if not isinstance(other, CountIn) or self.per != other.per or self.least > other.least:
            return False
        return self.most is None or (other.most is not None and other.most <= self.most)


def amount_in(action: ProposedAction | PastAction, currency: str) -> Decimal | None:
    """Return a finite amount in that currency, else None."""
    if action.amount is None or action.currency != currency or not action.amount.is_finite():
        return None
    return action.amount


def recent(action: ProposedAction, per: Per) -> Iterator[PastAction]:
    """Yield the customer's live calls of the same tool within the window."""
    since = action.now - WINDOWS[per]
    return (
        past for past in action.past if past.tool == action.tool and past.state in LIVE and past.at > since
    )
