"""A test on one argument or one fact of a proposed action."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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
