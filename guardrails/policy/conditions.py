"""What a rule of the policy asks of a proposed action: who, where, when, and with which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from guardrails.policy.hours import DAYS, OpeningHours, Period
from guardrails.policy.values import ValueTest, lookup
from guardrails.proposed import ProposedAction


class Condition(Protocol):
    """One condition of a rule."""

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        ...

    def words(self) -> str:
        """Return it in words."""
        ...

    def covers(self, other: Condition) -> bool:
        """Say whether every action that meets `other` meets this one too; False where that is not certain."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class TrustFrom:
    """The customer's trust level lies from `least` to `most`."""

    least: int
    most: int

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        return self.least <= action.trust <= self.most

    def words(self) -> str:
        """Return it in words."""
        if self.most == 3:
            return f"from level {self.least}"
        return f"up to level {self.most}" if self.least == 0 else f"level {self.least} to {self.most}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, TrustFrom) and self.least <= other.least and other.most <= self.most


@dataclass(frozen=True, kw_only=True, slots=True)
class OnChannel:
    """The customer writes or speaks on one of these channels."""

    channels: frozenset[str]

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        return action.channel in self.channels

    def words(self) -> str:
        """Return it in words."""
        return f"by {' or '.join(sorted(self.channels))}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, OnChannel) and other.channels <= self.channels


@dataclass(frozen=True, kw_only=True, slots=True)
class Tagged:
    """The customer has one of the tags in `wanted` (any, where it is empty) and none of `unwanted`."""

    wanted: frozenset[str]
    unwanted: frozenset[str]

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        tags = {tag.casefold() for tag in action.tags}
        return (not self.wanted or bool(tags & self.wanted)) and not tags & self.unwanted

    def words(self) -> str:
        """Return it in words."""
        some = f"tagged {' or '.join(sorted(self.wanted))}" if self.wanted else ""
        none = f"not tagged {' or '.join(sorted(self.unwanted))}" if self.unwanted else ""
        return ", ".join(part for part in (some, none) if part)

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        if not isinstance(other, Tagged) or not self.unwanted <= other.unwanted:
            return False
        return not self.wanted or (bool(other.wanted) and other.wanted <= self.wanted)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeskIs:
    """The desk is open, or closed, now."""

    state: Literal["open", "closed"]

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        return hours.is_open(action.now) == (self.state == "open")

    def words(self) -> str:
        """Return it in words."""
        return f"while the desk is {self.state}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return self == other


@dataclass(frozen=True, kw_only=True, slots=True)
class AtClock:
    """The desk's clock shows a time in the period."""

    period: Period

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        return self.period.holds(action.now.astimezone(hours.zone).time())

    def words(self) -> str:
        """Return it in words."""
        return f"between {str(self.period).replace('-', ' and ')}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, AtClock) and (
            self.period.opens <= other.period.opens and other.period.end <= self.period.end
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OnWeekday:
    """It is one of these days at the desk (0 Monday to 6 Sunday)."""

    days: frozenset[int]

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        return action.now.astimezone(hours.zone).weekday() in self.days

    def words(self) -> str:
        """Return it in words."""
        return f"on {' or '.join(DAYS[day].capitalize() for day in sorted(self.days))}"

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return isinstance(other, OnWeekday) and other.days <= self.days


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueIs:
    """An argument of the call, or a fact its preview found, passes a test."""

    source: Literal["argument", "fact"]
    name: str
    test: ValueTest

    def holds(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether the action meets it."""
        values: Mapping[str, Any] = action.arguments if self.source == "argument" else action.facts
        return self.test.holds(lookup(values, self.name))

    def words(self) -> str:
        """Return it in words."""
        return self.test.words(self.name if self.source == "argument" else f"the {self.name}")

    def covers(self, other: Condition) -> bool:
        """Say whether it is met whenever the other is."""
        return self == other
