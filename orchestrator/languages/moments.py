"""Days and times a customer writes, in the languages whose file says how they are told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from babel.dates import get_day_names, get_month_names

from orchestrator.languages import LANGUAGES
from orchestrator.languages.letters import fold

_TIMES = {language: known["times"] for language, known in LANGUAGES.items() if "times" in known}
_COUNTS: dict[str, int] = {word: n for told in _TIMES.values() for word, n in told["counts"].items()}
_DAYS = {fold(name): day for tag in _TIMES for day, name in get_day_names("wide", locale=tag).items()}
_MONTHS = {fold(name): month for tag in _TIMES for month, name in get_month_names("wide", locale=tag).items()}
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}


def _any(name: str) -> str:
    """The ways all languages have to say a thing, as one group without a number."""
    return "(?:" + "|".join(told[name] for told in _TIMES.values() if told.get(name)) + ")"


_COUNT = r"(\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + ")"
_NO_DAY = re.compile(rf"\b{_any('no_day')}\b")
_RELATIVE = tuple(
    (re.compile(rf"\b{_any(name)}\b"), days)
    for name, days in (("after_tomorrow", 2), ("tomorrow", 1), ("today", 0))
)
_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d)?)(z|[+-]\d\d:?\d\d)?")
_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DOTTED_DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_SLASHED_DAY = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b(?!/)")
_DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.)? (?:of |de )?([a-z]{3,10})\b(?:\.? (?:de )?(\d{4}))?"
)
_MONTH_DAY = re.compile(r"\b([a-z]{3,10})\.? (\d{1,2})(?:st|nd|rd|th)?\b(?:,? (\d{4}))?")
_WEEKDAY = re.compile(rf"\b({'|'.join(_DAYS)})s?\b")
_AHEAD = tuple(
    (re.compile(rf"\b{_any('ahead')} {_COUNT} {_any(unit)}"), minutes) for unit, minutes in _MINUTES.items()
)
_HALF_BEFORE = re.compile(rf"\b{_any('half_before')} {_COUNT}\b")
_HALF_PAST = re.compile(rf"\b{_any('half_past')} {_COUNT}\b|\b{_COUNT} ?{_any('and_half')}\b")
_TWELVE = re.compile(rf"\b{_COUNT}(?:[:.]([0-5]\d))? ?(am|pm|a\.m|p\.m)\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-4])[:.h]([0-5]\d)\b(?!\.)")
_HOUR = re.compile(rf"\b{_COUNT} ?{_any('hours')}\b(?: ([0-5]\d)\b)?|\b{_any('at')} {_COUNT}\b")
_NOON = re.compile(rf"\b{_any('noon')}\b")
_AFTERNOON = re.compile(rf"\b{_any('afternoon')}\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenMoment:
    """What a text says about a moment; each part may be missing. `exact` is an aware moment."""

    day: date | None = None
    clock: time | None = None
    exact: datetime | None = None

    def under(self, newer: WrittenMoment) -> WrittenMoment:
        """Put a later statement over this one."""
        exact = newer.exact or (None if newer.day or newer.clock else self.exact)
        return WrittenMoment(day=newer.day or self.day, clock=newer.clock or self.clock, exact=exact)

    def iso(self, now: datetime) -> str | None:
        """Return ISO 8601; without an offset where the customer named none. None while the time is missing.

        A time without a day means its next occurrence.
        """
        if self.exact:
            return self.exact.isoformat(timespec="minutes")
        if self.clock is None:
            return None
        day = self.day or (now.date() if self.clock > now.time() else now.date() + timedelta(days=1))
        return datetime.combine(day, self.clock).isoformat(timespec="minutes")

    def iso_day(self) -> str | None:
        """Return the day as ISO 8601, None where none is said."""
        day = self.exact.date() if self.exact else self.day
        return day.isoformat() if day else None


def read_moment(text: str, now: datetime) -> WrittenMoment:
    """Find the day and the time in a text; `now` is aware and tells what "tomorrow" is."""
    folded = _NO_DAY.sub(" ", fold(text))
    try:
        return _exact(folded, now) or WrittenMoment(day=_day(folded, now.date()), clock=_clock(folded))
    except (ValueError, OverflowError):
        return WrittenMoment()  # the 31st of February, 25:00


def _exact(folded: str, now: datetime) -> WrittenMoment | None:
    for pattern, unit in _AHEAD:
        if found := pattern.search(folded):
            minutes = _number(found[1]) * unit
            moment = now + timedelta(minutes=minutes)
            exact = minutes < _MINUTES["day"]
            day = WrittenMoment(day=moment.date(), clock=_clock(folded))
            return WrittenMoment(exact=moment) if exact else day
    if found := _ISO.search(folded):
        if not found[3]:
            return WrittenMoment(day=date.fromisoformat(found[1]), clock=time.fromisoformat(found[2]))
        return WrittenMoment(exact=datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3].upper()}"))
    return None


def _day(folded: str, today: date) -> date | None:
    for pattern, days in _RELATIVE:
        if pattern.search(folded):
            return today + timedelta(days=days)
    if found := _WEEKDAY.search(folded):
        ahead = (_DAYS[found[1]] - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return next(_calendar_days(folded, today), None)


def _calendar_days(folded: str, today: date) -> Iterator[date]:
    if found := _ISO_DAY.search(folded):
        yield date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED_DAY.search(folded) or _SLASHED_DAY.search(folded):
        yield _in_year(today, int(found[2]), int(found[1]), found[3])
    for found in _DAY_MONTH.finditer(folded):
        if month := _month(found[2]):
            yield _in_year(today, month, int(found[1]), found[3])
    for found in _MONTH_DAY.finditer(folded):
        if month := _month(found[1]):
            yield _in_year(today, month, int(found[2]), found[3])


def _in_year(today: date, month: int, day: int, year: str | None) -> date:
    found = date(int(year) if year else today.year, month, day)
    return found.replace(year=found.year + 1) if not year and found < today else found


def _month(word: str) -> int:
    """The month a word is, or begins; 0 for none."""
    return next((month for name, month in _MONTHS.items() if name.startswith(word)), 0)


def _clock(folded: str) -> time | None:
    later = 12 if _AFTERNOON.search(folded) else 0
    if found := _HALF_BEFORE.search(folded):
        return time(_hour(_number(found[1]) - 1, later), 30)
    if found := _HALF_PAST.search(folded):
        return time(_hour(_number(found[1] or found[2]), later), 30)
    if found := _TWELVE.search(folded):
        return time(_number(found[1]) % 12 + (12 if found[3][0] == "p" else 0), int(found[2] or 0))
    if found := _CLOCK.search(_DOTTED_DAY.sub(" ", folded)):
        return time(int(found[1]) % 24, int(found[2]))
    if found := _HOUR.search(folded):
        return time(_hour(_number(found[1] or found[3]), later) % 24, int(found[2] or 0))
    return time(12) if _NOON.search(folded) else None


def _hour(hour: int, later: int) -> int:
    """Nobody asks to be called at three at night: "at 3", "3 Uhr" and "halb drei" are in the afternoon."""
    return hour + 12 if hour < 12 and (later or 1 <= hour <= 6) else hour


def _number(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text]
