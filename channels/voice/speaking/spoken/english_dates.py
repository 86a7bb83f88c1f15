"""Dates in English: 2026-11-24 as "November 24th, 2026"."""

from __future__ import annotations

import re
from typing import Final

from channels.voice.speaking.spoken.calendar import (
    DAY,
    ISO,
    MONTH,
    YEAR,
    ends_sentence,
    full_year,
    one_of,
    zone,
)
from channels.voice.speaking.spoken.english_times import clock
from channels.voice.speaking.spoken.speech_rules import SpeechRule

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_NUMBERS: Final = {
    **{month: number for number, month in enumerate(MONTHS, 1)},
    **{month[:3]: number for number, month in enumerate(MONTHS, 1)},
    "Sept": 9,
}
WEEKDAYS: Final = {
    **{
        day[:3]: day for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    },
    "Tues": "Tuesday",
    "Thur": "Thursday",
    "Thurs": "Thursday",
}
_NAME: Final = one_of(_NUMBERS)
_WEEKDAY: Final = rf"(?:(?P<weekday>{one_of(WEEKDAYS)}(?:day|sday|nesday|rsday|urday)?)\.?,?\s)?"
_YEAR: Final = rf"(?:,?\s(?P<year>{YEAR})(?!\w))?"
_TH: Final = r"(?:st|nd|rd|th)?(?!\w)"
_DAYS: Final = rf"(?P<day>{DAY}){_TH}(?:\s?[–-]\s?(?P<last>{DAY}){_TH})?(?!:|[.,/–-][0-9])"
_START: Final = r"(?<![\w./:-])"


def date_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for dates; 05/06/2026 may be May or June and stays."""
    return (
        SpeechRule(pattern=_START + ISO, say=_iso),
        SpeechRule(
            pattern=rf"{_START}(?P<day>{DAY})\.(?P<month>{MONTH})\.(?P<year>{YEAR}|[0-9]{{2}})(?![\w-]|[.,][0-9])",
            say=_numeric,
        ),
        SpeechRule(
            pattern=rf"{_START}(?P<one>{DAY})/(?P<two>{DAY})/(?P<year>{YEAR}|[0-9]{{2}})(?![\w/-]|[.,][0-9])",
            say=_slashed,
        ),
        SpeechRule(pattern=rf"(?<!\w){_WEEKDAY}(?P<month>{_NAME})\.?\s{_DAYS}{_YEAR}", say=_named),
        SpeechRule(
            pattern=rf"(?<![\w.,/:-]){_WEEKDAY}(?:[Tt]he\s)?{_DAYS}\s(?:of\s)?(?P<month>{_NAME})(?!\w)\.?{_YEAR}",
            say=_named,
        ),
        SpeechRule(
            pattern=rf"(?<!\w)(?P<from>{one_of(WEEKDAYS)})\.?\s?[–-]\s?(?P<to>{one_of(WEEKDAYS)})(?!\w)",
            say=lambda m: f"{WEEKDAYS[m['from']]} to {WEEKDAYS[m['to']]}",
        ),
        SpeechRule(
            pattern=rf"(?<!\w)(?P<name>{one_of(WEEKDAYS)})(?:\.?(?=,?\s[0-9])|(?=:\s?[0-9]))",
            say=lambda m: WEEKDAYS[m["name"]],
        ),
    )


def ordinal(number: int) -> str:
    """Return 24 as "24th"."""
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _date(day: str, month: int, year: str | None) -> str:
    said = f"{MONTHS[month - 1]} {ordinal(int(day))}"
    return f"{said}, {full_year(year)}" if year else said


def _iso(match: re.Match[str]) -> str:
    said = _date(match["day"], int(match["month"]), match["year"])
    if not match["time"]:
        return said
    hours, minutes = match["time"].split(":")
    return f"{said} at {clock(hours, minutes, match['seconds'], day=True)}{zone(match['zone'])}"


def _numeric(match: re.Match[str]) -> str:
    return _date(match["day"], int(match["month"]), match["year"])


def _slashed(match: re.Match[str]) -> str | None:
    one, two = int(match["one"]), int(match["two"])
    if one > 12 >= two:
        return _date(match["one"], two, match["year"])
    if two > 12 >= one or one == two:
        return _date(match["two"], one, match["year"])
    return None


def _named(match: re.Match[str]) -> str:
    weekday = match["weekday"]
    said = _date(match["day"], _NUMBERS[match["month"]], None)
    last = f" to {ordinal(int(match['last']))}" if match["last"] else ""
    year = f", {match['year']}" if match["year"] else ""
    stop = "." if ends_sentence(match) else ""
    return (f"{WEEKDAYS[weekday[:3]]}, " if weekday else "") + said + last + year + stop
