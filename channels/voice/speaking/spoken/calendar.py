"""What dates have in common in all languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ISO: Final = (
    r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
    r"(?:[T ](?P<time>[0-2][0-9]:[0-5][0-9])(?::(?P<seconds>[0-5][0-9])(?:\.[0-9]{1,9})?)?"
    r"\s?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?(?![\w-])"
)
DAY: Final = r"(?:0?[1-9]|[12][0-9]|3[01])"
MONTH: Final = r"(?:0?[1-9]|1[0-2])"
YEAR: Final = r"(?:(?:19|20)[0-9]{2})"
CENTURY: Final = 2000
"""What a year of two digits is counted from."""


def one_of(names: Iterable[str]) -> str:
    """Return a pattern for any of `names`, the longest first."""
    return "(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + ")"


def full_year(year: str) -> str:
    """Return a year of two digits with its century."""
    return str(CENTURY + int(year)) if len(year) == 2 else year


def zone(written: str | None) -> str:
    """Return a time zone's offset for speech: Z as UTC, +01:00 as "UTC plus 1"."""
    if not written:
        return ""
    if written == "Z":
        return " U.T.C."
    hours, minutes = int(written[1:3]), int(written[-2:])
    sign = "plus" if written[0] == "+" else "minus"
    return f" U.T.C. {sign} {hours}" + (f" {minutes}" if minutes else "")


def ends_sentence(match: re.Match[str]) -> bool:
    """Say whether the full stop that a match ends with ends the sentence, too."""
    behind = match.string[match.end() : match.end() + 9].lstrip()
    return match[0].endswith(".") and (not behind or behind[0].isupper())
