"""Days and times a customer writes, in English and German."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from orchestrator.inference.sandbox.text import fold

_MONTHS = (
    "jan", "feb", "mar|maer", "apr", "may|mai", "jun", "jul", "aug", "sep", "oct|okt", "nov", "dec|dez",
)  # fmt: skip
_DAYS = (
    "monday|montag", "tuesday|dienstag", "wednesday|mittwoch", "thursday|donnerstag", "friday|freitag",
    "saturday|samstag|sonnabend", "sunday|sonntag",
)  # fmt: skip
_COUNTS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "ein": 1, "eins": 1, "zwei": 2, "drei": 3, "vier": 4, "fuenf": 5,
    "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "zwoelf": 12, "a": 1, "an": 1,
    "einer": 1, "einem": 1,
}  # fmt: skip
_COUNT = r"(\d{1,3}|" + "|".join(sorted(_COUNTS, key=len, reverse=True)) + ")"
_MONTH = "(" + "|".join(_MONTHS) + r")[a-z]*"
_NOT_TOMORROW = re.compile(r"\b(?:guten|heute|jeden|am) morgen\b")
_ISO = re.compile(r"\b(\d{4}-\d\d-\d\d)[t ](\d\d:\d\d(?::\d\d)?)(z|[+-]\d\d:?\d\d)?")
_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_DOTTED_DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?{_MONTH}(?: (\d{{4}}))?")
_MONTH_DAY = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (\d{{4}}))?")
_WEEKDAY = re.compile("|".join(rf"(?P<d{number}>\b(?:{names})s?\b)" for number, names in enumerate(_DAYS)))
_AHEAD = re.compile(rf"\bin (?:about |etwa |ca )?{_COUNT} (minute|hour|day|week|stunde|tag|woche)")
_HALF = re.compile(rf"\bhalb {_COUNT}\b|\bhalf past {_COUNT}\b")
_TWELVE = re.compile(rf"\b{_COUNT}(?:[:.]([0-5]\d))? ?(am|pm|a\.m|p\.m)\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-4])[:.]([0-5]\d)\b(?!\.)")
_HOUR = re.compile(rf"\b{_COUNT} ?(?:uhr|oclock|h)\b(?: ([0-5]\d)\b)?|\b(?:at|um|gegen|around) {_COUNT}\b")
_NOON = re.compile(r"\b(?:noon|mittags?)\b")
_AFTERNOON = re.compile(r"\b(?:afternoon|evening|nachmittags?|abends?)\b")
_UNITS = {"minute": 1, "hour": 60, "stunde": 60, "day": 1440, "tag": 1440, "week": 10080, "woche": 10080}


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """What a text says about a moment; each part may be missing. `exact` is an aware moment."""

    day: date | None = None
    clock: time | None = None
    exact: datetime | None = None

    def under(self, newer: When) -> When:
        """Put a later statement over this one."""
        exact = newer.exact or (None if newer.day or newer.clock else self.exact)
        return When(day=newer.day or self.day, clock=newer.clock or self.clock, exact=exact)

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


def read_when(text: str, now: datetime) -> When:
    """Find the day and the time in a text; `now` is aware and tells what "tomorrow" is."""
    folded = _NOT_TOMORROW.sub(" ", fold(text))
    try:
        return _exact(folded, now) or When(day=_day(folded, now), clock=_clock(folded))
    except (ValueError, OverflowError):
        return When()  # the 31st of February, 25:00


def _exact(folded: str, now: datetime) -> When | None:
    if found := _AHEAD.search(folded):
        minutes = _number(found[1]) * _UNITS[found[2]]
        moment = now + timedelta(minutes=minutes)
        return When(exact=moment) if minutes < 1440 else When(day=moment.date(), clock=_clock(folded))
    if found := _ISO.search(folded):
        if not found[3]:
            return When(day=date.fromisoformat(found[1]), clock=time.fromisoformat(found[2]))
        return When(exact=datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3].upper()}"))
    return None


def _day(folded: str, now: datetime) -> date | None:
    today = now.date()
    relative = (
        (r"\bday after tomorrow\b|\buebermorgen\b", 2),
        (r"\btomorrow\b|\bmorgen\b", 1),
        (r"\btoday\b|\bheute\b|\btonight\b", 0),
    )
    for pattern, days in relative:
        if re.search(pattern, folded):
            return today + timedelta(days=days)
    if found := _WEEKDAY.search(folded):
        ahead = (int((found.lastgroup or "d0")[1:]) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7)
    return _calendar_day(folded, today)


def _calendar_day(folded: str, today: date) -> date | None:
    if found := _ISO_DAY.search(folded):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTTED_DAY.search(folded):
        return _in_year(today, int(found[2]), int(found[1]), found[3])
    if found := _DAY_MONTH.search(folded):
        return _in_year(today, _month(found[2]), int(found[1]), found[3])
    if found := _MONTH_DAY.search(folded):
        return _in_year(today, _month(found[1]), int(found[2]), found[3])
    return None


def _in_year(today: date, month: int, day: int, year: str | None) -> date:
    found = date(int(year) if year else today.year, month, day)
    return found.replace(year=found.year + 1) if not year and found < today else found


def _month(name: str) -> int:
    return next(number for number, names in enumerate(_MONTHS, 1) if name in names.split("|"))


def _clock(folded: str) -> time | None:
    later = 12 if _AFTERNOON.search(folded) else 0
    if found := _HALF.search(folded):
        return time(
            (_hour(_number(found[1]) - 1, later) if found[1] else _hour(_number(found[2]), later)), 30
        )
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
