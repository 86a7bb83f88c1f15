"""Dates and times in English: 2026-11-24 as "November 24th, 2026", 14:30 as "2 30 p.m."."""

from __future__ import annotations

import re
from typing import Final

from babel import Locale

from channels.voice.speaking.spoken.speech_language import one_of
from channels.voice.speaking.spoken.speech_rules import SpeechRule
from channels.voice.speaking.spoken.spoken_dates import DAY, ISO, MONTH, YEAR, ends_sentence, full_year, zone

_ENGLISH: Final = Locale("en")
MONTHS: Final = [_ENGLISH.months["format"]["wide"][number] for number in range(1, 13)]
_NUMBERS: Final = {
    **{name[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, len(name))},
    "Sept": 9,
}
WEEKDAYS: Final = {
    **{name[:3]: name for name in _ENGLISH.days["format"]["wide"].values()},
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


def english_date_rules() -> tuple[SpeechRule, ...]:
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


_HOUR: Final = r"(?:[01]?[0-9]|2[0-4])"
_HALF: Final = r"\s?(?P<{0}>[AaPp])(?:\.\s?[Mm]\.|[Mm]\.?(?!\w))"
_MINUTE: Final = r":(?P<{0}>[0-5][0-9])(?::(?P<{1}>[0-5][0-9]))?"
_TIME: Final = (
    rf"(?P<hour>{_HOUR})(?:{_MINUTE.format('minute', 'second')}(?:{_HALF.format('half')})?"
    rf"|{_HALF.format('only')})(?![\w:])"
)
_SPAN: Final = (
    rf"(?P<from>{_HOUR})(?::(?P<past>[0-5][0-9]))?(?:{_HALF.format('early')})?\s?(?:–|-|to|until)\s?{_TIME}"
)
_TIME_START: Final = r"(?<![\w:.,-])"


def english_time_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for times and spans of time."""
    return (
        SpeechRule(pattern=_TIME_START + _SPAN, say=_span),
        SpeechRule(pattern=_TIME_START + _TIME, say=lambda m: _time(m, day=False)),
    )


def clock(
    hour: str, minute: str | None, second: str | None = None, *, half: str = "", day: bool = False
) -> str:
    """Return a time; `half` is a or p where written, `day` says that the day has 24 hours here."""
    hours = int(hour)
    past = _past(int(minute or 0), int(second or 0))
    if half:
        return f"{hours}{past} {half.lower()}.m."
    if not past and hours in {0, 12, 24}:
        return "noon" if hours == 12 else "midnight"
    if hours > 12 or hours == 0 or day or hour.startswith("0"):
        return f"{(hours - 1) % 12 + 1}{past} {'p' if 12 <= hours < 24 else 'a'}.m."
    return f"{hours}{past}" if past else f"{hours} o'clock"


def _past(minutes: int, seconds: int) -> str:
    said = f" oh {minutes}" if 0 < minutes < 10 else f" {minutes}" if minutes else ""
    return f"{said} and {seconds} seconds" if seconds else said


def _time(match: re.Match[str], *, day: bool) -> str:
    half = match["half"] or match["only"] or ""
    return clock(match["hour"], match["minute"], match["second"], half=half, day=day)


def _span(match: re.Match[str]) -> str | None:
    if not (match["past"] or match["early"]) and not (match["half"] or match["only"]):
        return None  # "3-14:30" is anything
    day = int(match["hour"]) > 12
    if match["past"] or match["early"] or day:
        first = clock(match["from"], match["past"], half=match["early"] or "", day=day)
    else:
        first = str(int(match["from"]))
    return f"{first} to {_time(match, day=day)}"
