"""Dates and times: what all languages have in common, and those that babel's names are enough for."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from babel.dates import format_date, format_skeleton

from channels.voice.speaking.spoken.speech_language import SpeechLanguage, one_of
from channels.voice.speaking.spoken.speech_rules import SpeechRule

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


_LEAP_YEAR: Final = 2024
_START: Final = r"(?<![\w./:-])"


def date_rules(language: SpeechLanguage) -> tuple[SpeechRule, ...]:
    """Return the rules for dates: 24/11/2026 as "24 novembre 2026"; names that are written out stay."""
    said_at = language.table["dates"]["at"]
    short = [name for name in language.month_numbers if name not in language.months]

    def say(match: re.Match[str]) -> str | None:
        day, month = int(match["day"]), match["month"]
        number = int(month) if month.isdigit() else language.month_numbers[month]
        return _date(language, day, number, match["year"])

    def iso(match: re.Match[str]) -> str | None:
        said = say(match)
        if said is None or not match["time"]:
            return said
        hour, minute = match["time"].split(":")
        return f"{said} {said_at} {_clock(language, hour, minute)}{zone(match['zone'])}"

    return (
        SpeechRule(pattern=_START + ISO, say=iso),
        SpeechRule(
            pattern=rf"{_START}(?P<day>{DAY})(?P<sign>[./-])(?P<month>{MONTH})[./-](?P<year>{YEAR}|[0-9]{{2}})"
            r"(?![\w/-]|[.,][0-9])",
            say=say,
        ),
        SpeechRule(
            pattern=rf"{_START}(?P<day>{DAY})\.?\s(?P<month>{one_of(short)})(?:\.|(?!\w))(?:\s(?P<year>{YEAR}))?(?!\w)",
            say=say,
        ),
    )


def time_rules(language: SpeechLanguage) -> tuple[SpeechRule, ...]:
    """Return the rule for times of day: 14:30 as "14 heures 30"."""
    behind = language.table["dates"].get("written", "(?!)")
    return (
        SpeechRule(
            pattern=r"(?<![\w:.,-])(?P<hour>[01]?[0-9]|2[0-4]):(?P<minute>[0-5][0-9])(?::[0-5][0-9])?"
            rf"(?:\s?(?:{behind})(?!\w))?(?![\w:])",
            say=lambda m: _clock(language, m["hour"], m["minute"]),
        ),
    )


def _date(language: SpeechLanguage, day: int, month: int, year: str | None) -> str | None:
    try:
        date = dt.date(int(full_year(year)) if year else _LEAP_YEAR, month, day)
    except ValueError:
        return None
    if year:
        said = format_date(date, "long", locale=language.locale)
    else:
        said = format_skeleton("MMMMd", date, locale=language.locale)
    first = language.table["dates"]["first"]
    return said.replace("1", first, 1) if day == 1 and first else said


def _clock(language: SpeechLanguage, hour: str, minute: str) -> str:
    template: str = language.table["dates"]["clock" if int(minute) else "full_hour"]
    return template.format(hour=int(hour), minute=int(minute))
