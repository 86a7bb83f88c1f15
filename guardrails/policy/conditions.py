"""What a rule of the policy asks of a proposed action: who, where, when, and with which values."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from guardrails.policy.opening_hours import DAYS, OpeningHours, Period
from guardrails.verdict import ProposedAction

_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?", re.ASCII)

Plain = str | bool | Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueTest:
    """Holds when the value is one of `among`, fits `pattern`, and lies from `least` to `most`.

    What is None is not asked. Letters' case does not matter; a value that is missing, a list or an object
    fits nothing; a string that is a plain decimal number counts as one.
    """

    among: tuple[Plain, ...] | None = None
    pattern: str | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    glob: re.Pattern[str] | None = None

    def holds(self, value: Any) -> bool:
        """Say whether the value, as it came in JSON, passes."""
        if self.among is not None and not _is_among(value, self.among):
            return False
        if self.glob is not None and not (isinstance(value, str) and self.glob.match(value.casefold())):
            return False
        return (self.least is None and self.most is None) or self._in_range(value)

    def _in_range(self, value: Any) -> bool:
        number = as_number(value)
        if number is None:
            return False
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def words(self, name: str) -> str:
        """Return the test in words."""
        parts = []
        if self.among is not None:
            parts.append(f"{name} is {' or '.join(map(_shown, self.among))}")
        if self.pattern is not None:
            parts.append(f"{name} is like {self.pattern!r}")
        if self.least is not None:
            parts.append(f"{name} is at least {self.least:f}")
        if self.most is not None:
            parts.append(f"{name} is at most {self.most:f}")
        return ", ".join(parts)


def value_test(
    *,
    among: tuple[Plain, ...] | None = None,
    pattern: str | None = None,
    least: Decimal | None = None,
    most: Decimal | None = None,
) -> ValueTest:
    """Return a test whose pattern (`*`, `?`, `[abc]`) is compiled once."""
    glob = None if pattern is None else re.compile(fnmatch.translate(pattern.casefold()))
    return ValueTest(among=among, pattern=pattern, least=least, most=most, glob=glob)


def as_number(value: Any) -> Decimal | None:
    """Return a finite number, also one written as a plain decimal string; None for all else."""
    if isinstance(value, str):
        return Decimal(value) if _PLAIN_NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    return value if isinstance(value, Decimal) and value.is_finite() else _whole(value)


def _whole(value: int | Decimal) -> Decimal | None:
    return Decimal(value) if isinstance(value, int) else None


def lookup(values: Mapping[str, Any], name: str) -> Any:
    """Return the value of that name, or where it has dots and no such name is there, along that path."""
    if name in values or "." not in name:
        return values.get(name)
    head, _, rest = name.partition(".")
    inner = values.get(head)
    return lookup(inner, rest) if isinstance(inner, Mapping) else None


def _is_among(value: Any, among: tuple[Plain, ...]) -> bool:
    if isinstance(value, bool):
        return any(value is wanted for wanted in among)
    if isinstance(value, str):
        text = value.casefold()
        if any(isinstance(wanted, str) and text == wanted.casefold() for wanted in among):
            return True
    number = as_number(value)
    return number is not None and any(number == wanted for wanted in among if isinstance(wanted, Decimal))


def _shown(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


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
