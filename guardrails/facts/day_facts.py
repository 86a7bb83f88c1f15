"""Dates in plain text, English and German, and the days that "tomorrow" and "Tuesday" may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_MONTHS = (
    "january|januar|jänner|jan",
        "february|februar|feber|feb",
        "march|märz|maerz|mar|mär",
        "april|apr",
        "may|mai",
    "june|juni|jun", "july|juli|jul", "august|aug", "september|sept|sep", "october|oktober|oct|okt",
    "november|nov", "december|dezember|dec|dez",
)  # fmt: skip
_NUMBER = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split("|")}
_MONTH = "|".join(sorted(_NUMBER, key=len, reverse=True))
_YEAR = r"(?:,? (\d{4})(?!\d))?"

_LED = "|".join(
    rf"(?<={word} .)"
    for word in ("am", "bis", "vom", "zum", "ab", "den", "der", "dem", "on", "by", "until", "from", ",")
)
NUMERIC = re.compile(
    r"\d(?<!\d.)(?:(?P<iso>\d{3}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))"
    r"|(?P<dotted>\d?[./-] ?\d{1,2}[./-] ?(?:\d{4}|\d{2})(?!\d))"
    rf"|(?P<short>(?:{_LED})\d?[./]\d{{1,2}}\.?(?![\d/]|[.,]\d)(?! ?(?:€|eur|usd|uhr|h\b))))"
)
WRITTEN = re.compile(
    rf"(?<![\d.,])(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? ?(?:the )?(?<![a-z])({_MONTH})\b\.?{_YEAR}"
    rf"|\b({_MONTH})\b\.? (?:the )?(\d{{1,2}})(?:st|nd|rd|th|\.)?(?![\d:]|[.,]\d){_YEAR}"
)
_RELATIVE = {
    "day after tomorrow": 2, "übermorgen": 2, "uebermorgen": 2, "tomorrow": 1, "morgen": 1, "today": 0,
    "tonight": 0, "heute": 0, "yesterday": -1, "gestern": -1, "vorgestern": -2, "day before yesterday": -2,
}  # fmt: skip
RELATIVE = re.compile(
    r"\b(?:" + "|".join(sorted(_RELATIVE, key=len, reverse=True)) + r")\b(?! und gesund| früh um)"
)
_DAYS = (
    "monday|montags?|mon",
        "tuesday|dienstags?|tue|tues",
        "wednesday|mittwochs?|wed",
        "thursday|donnerstags?|thu|thurs",
    "friday|freitags?|fri", "saturday|samstags?|sonnabend|sat", "sunday|sonntags?|sun",
)  # fmt: skip
_DAY = {
    name: number
    for number, names in enumerate(_DAYS)
    for part in names.split("|")
    for name in ((part[:-2], part[:-1]) if part.endswith("s?") else (part,))
}
_NAMES = frozenset(_NUMBER) - {"may"}
_MAY = re.compile(r"\d(?:st|nd|rd|th|\.)?(?: of)? ?may\b|\bmay \d")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Day:
    """A day as written; `year` is None where it was left out."""

    year: int | None
    month: int
    day: int


def numeric_dates(text: str) -> Iterator[tuple[str, frozenset[Day]]]:
    """Return each date in digits, in a lower-case plain text, with the days it may mean."""
    for found in NUMERIC.finditer(text):
        if days := _days(found):
            yield found[0], days


def written_dates(text: str) -> Iterator[tuple[str, frozenset[Day]]]:
    """Return each date with a month's name, in a lower-case plain text, with the day it means."""
    for found in WRITTEN.finditer(text):
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        days = _valid(int(year) if year else None, _NUMBER[month], int(day))
        if days:
            yield found[0], days


def without_dates(text: str) -> str:
    """Return a lower-case plain text without its dates and times."""
    text = NUMERIC.sub(lambda found: " ; " if _days(found) else found[0], text)
    text = WRITTEN.sub(" ; ", text) if names_month(text, frozenset(_WORD.findall(text))) else text
    return _TIME.sub(" ; ", _OFFSET.sub(" ; ", text) if "utc" in text or ":" in text else text)


def relative_days(text: str) -> Iterator[tuple[str, int]]:
    """Return each "tomorrow" in a lower-case text, with the days it lies ahead."""
    for found in RELATIVE.finditer(text):
        yield found[0], _RELATIVE[found[0]]


def weekdays(words: Iterable[str]) -> frozenset[int]:
    """Return the days of the week among lower-case words, Monday 0."""
    return frozenset(_DAY[word] for word in words if word in _DAY)


def names_month(text: str, words: Set[str]) -> bool:
    """Say whether a lower-case text, whose words these are, can hold a date with a month's name."""
    return not _NAMES.isdisjoint(words) or ("may" in words and _MAY.search(text) is not None)


def near(days: frozenset[Day], now: datetime) -> Iterator[date]:
    """Return the days with a year that lie within three weeks of now."""
    for each in days:
        if each.year is not None:
            try:
                found = date(each.year, each.month, each.day)
            except ValueError:
                continue
            if abs(found - now.date()) <= timedelta(days=21):
                yield found


_TIME = re.compile(
    r"\d(?<![\d.,:].)\d?(?:(?:[:.]\d{2}){1,2}(?: ?(?:uhr|h\b|[ap]\.?m\b))|:\d{2}(?::\d{2})?(?:z\b)?"
    r"| ?(?:uhr|[ap]\.?m\b|o'clock))"
)
_OFFSET = re.compile(r"\butc ?[+-]\d{1,2}(?::?\d{2})?|[+-]\d{2}:\d{2}")


def _days(found: re.Match[str]) -> frozenset[Day]:
    numbers = [int(part) for part in re.findall(r"\d+", found[0])]
    return _iso(numbers) if found.lastgroup == "iso" else _short(numbers)


def _iso(numbers: list[int]) -> frozenset[Day]:
    return _valid(numbers[0], numbers[1], numbers[2])


def _short(numbers: list[int]) -> frozenset[Day]:
    """A day before a month, or, as Americans write it, behind."""
    year = numbers[2] if len(numbers) > 2 else None
    year = year + 2000 if year is not None and year < 100 else year
    return _valid(year, numbers[1], numbers[0]) | _valid(year, numbers[0], numbers[1])


def _valid(year: int | None, month: int, day: int) -> frozenset[Day]:
    fits = 1 <= month <= 12 and 1 <= day <= 31 and (year is None or 1900 <= year <= 2200)
    return frozenset((Day(year, month, day),)) if fits else frozenset()
