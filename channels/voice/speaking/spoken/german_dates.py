"""Dates and times in German: 24.11.2026 as "vierundzwanzigster November 2026", 14:30 as "14 Uhr 30".

Own, because no library declines an ordinal: "der vierundzwanzigste", "am vierundzwanzigsten".
"""

from __future__ import annotations

import re
from typing import Final

from babel import Locale

from channels.voice.speaking.spoken.speech_language import one_of
from channels.voice.speaking.spoken.speech_rules import SpeechRule
from channels.voice.speaking.spoken.spoken_dates import DAY, ISO, MONTH, YEAR, ends_sentence, full_year, zone

_GERMAN: Final = Locale("de")
MONTHS: Final = [_GERMAN.months["format"]["wide"][number] for number in range(1, 13)]
_NUMBERS: Final = {
    **{name[:length]: number for number, name in enumerate(MONTHS, 1) for length in (3, len(name))},
    "Sept": 9,
    "Mrz": 3,
    "Jänner": 1,
}
_DAYS: Final = list(_GERMAN.days["format"]["wide"].values())
WEEKDAYS: Final = {name[:length]: name for name in _DAYS for length in (2, len(name))}
_SHORT_DAYS: Final = one_of(day[:2] for day in _DAYS)
_UNITS: Final = [
    "",
    "erst",
    "zweit",
    "dritt",
    "viert",
    "fünft",
    "sechst",
    "siebt",
    "acht",
    "neunt",
    "zehnt",
    "elft",
    "zwölft",
    "dreizehnt",
    "vierzehnt",
    "fünfzehnt",
    "sechzehnt",
    "siebzehnt",
    "achtzehnt",
    "neunzehnt",
]
_COUNTED: Final = ["", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
_NOUNS: Final = (
    r"(?:Tag|Stock|Etage|Mal|Woche|Quartal|Kapitel|Schritt|Rate|Mahnung|Versuch|Artikel|Monat|Jahr|Platz)"
    r"(?:[esn]{0,2})"
)

# The article decides the ending: der erste, am ersten, without one: erster.
_ARTICLED: Final = {
    "ab": "ab dem",
    "bis": "bis zum",
    "seit": "seit dem",
    "vor": "vor dem",
    "nach": "nach dem",
}
_ARTICLES: Final = r"[Aa]m|[Vv]om|[Zz]um|[Ii]m|[Bb]eim|[Dd]em|[Dd]en|[Dd]es|[Dd]er|[Dd]ie"
_BEFORE: Final = rf"(?:(?P<before>{_ARTICLES}|{'|'.join(_ARTICLED)})\s)?"
_WEEKDAY: Final = rf"(?:(?P<weekday>{one_of(WEEKDAYS)})(?:\.,?|,)?\s(?P<article>de[mnr]\s)?)?"
_YEAR: Final = rf"(?:\s(?P<year>{YEAR})(?!\w))?"
_SPAN: Final = rf"(?:(?P<first>{DAY})\.?\s?(?P<join>[–-]|bis|und|oder)\s?(?:zum\s)?)?"
_START: Final = r"(?<![\w./:,-])"


def german_date_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for dates, ordinals and names of weekdays."""
    return (
        SpeechRule(pattern=_START + _BEFORE + ISO, say=_iso),
        SpeechRule(
            pattern=rf"{_START}{_BEFORE}{_WEEKDAY}{_SPAN}(?P<day>{DAY})\.\s?(?P<month>{one_of(_NUMBERS)})(?!\w)\.?{_YEAR}",
            say=_named,
        ),
        SpeechRule(
            pattern=rf"{_START}{_BEFORE}{_WEEKDAY}(?P<day>{DAY})\.\s?(?P<month>{MONTH})\.\s?(?P<year>{YEAR}|[0-9]{{2}})"
            r"(?![\w-]|[.,:][0-9])",
            say=_numeric,
        ),
        SpeechRule(
            pattern=rf"{_START}{_BEFORE}{_WEEKDAY}(?P<day>{DAY})\.(?P<month>{MONTH})\.(?![\w-]|[.,:][0-9])(?P<year>)",
            say=_short,
        ),
        SpeechRule(pattern=rf"{_START}{_BEFORE}(?P<number>{DAY})\.\s(?={_NOUNS}(?!\w))", say=_ordinal),
        SpeechRule(
            pattern=rf"(?<!\w)(?P<from>{_SHORT_DAYS})\.?\s?[–-]\s?(?P<to>{_SHORT_DAYS})(?!\w)\.?",
            say=lambda m: f"{WEEKDAYS[m['from']]} bis {WEEKDAYS[m['to']]}",
        ),
        SpeechRule(
            pattern=rf"(?<!\w)(?P<name>{_SHORT_DAYS})(?:\.?(?=,?\s[0-9])|(?=:\s?[0-9]))",
            say=lambda m: WEEKDAYS[m["name"]],
        ),
    )


def ordinal(number: int, ending: str) -> str:
    """Return 24 with "en" as "vierundzwanzigsten", for 1 to 31."""
    if number < len(_UNITS):
        return _UNITS[number] + ending
    ten, one = divmod(number, 10)
    tens = "zwanzigst" if ten == 2 else "dreißigst"
    return (f"{_COUNTED[one]}und" if one else "") + tens + ending


def _ending(before: str | None) -> str:
    if not before:
        return "er"
    return "e" if before.lower() in {"der", "die"} else "en"


def _articled(before: str | None) -> str:
    return f"{_ARTICLED.get(before, before)} " if before else ""


def _date(match: re.Match[str], day: str, month: int, year: str) -> str:
    before = match["before"]
    weekday = match.groupdict().get("weekday")
    if weekday is None:
        head = _articled(before)
        ending = _ending(before)
    else:
        article = (match["article"] or ("" if before in {None, "der", "Der"} else "dem")).strip()
        head = " ".join(filter(None, (before, f"{WEEKDAYS[weekday]},", article)))
        head = f"{head} "
        ending = _ending(article or before)
    said = f"{head}{ordinal(int(day), ending)} {MONTHS[month - 1]}"
    return f"{said} {full_year(year)}" if year else said


def _iso(match: re.Match[str]) -> str:
    said = _date(match, match["day"], int(match["month"]), match["year"])
    if not match["time"]:
        return said
    hours, minutes = match["time"].split(":")
    return f"{said} um {clock(hours, minutes, match['seconds'])}{zone(match['zone'])}"


def _named(match: re.Match[str]) -> str:
    said = _date(match, match["day"], _NUMBERS[match["month"]], match["year"] or "")
    if match["first"]:
        ending = _ending(match["before"])
        join = "bis" if match["join"] in "–-" else match["join"]
        last = ordinal(int(match["day"]), ending)
        head, _, tail = said.rpartition(last)
        said = f"{head}{ordinal(int(match['first']), ending)} {join} {last}{tail}"
    return said + ("." if ends_sentence(match) and not match["year"] else "")


def _numeric(match: re.Match[str]) -> str:
    return _date(match, match["day"], int(match["month"]), match["year"])


def _short(match: re.Match[str]) -> str | None:
    clear = match["before"] or match["weekday"] or len(match["day"] + match["month"]) == 4
    if not clear:
        return None  # "3.2." is rather a chapter
    said = _date(match, match["day"], int(match["month"]), "")
    behind = match.string[match.end() : match.end() + 9].strip()
    return said if behind else f"{said}."


def _ordinal(match: re.Match[str]) -> str:
    before = match["before"]
    return f"{_articled(before)}{ordinal(int(match['number']), _ending(before))} "


_HOUR: Final = r"(?:[01]?[0-9]|2[0-4])"
_FULL: Final = (
    rf"(?P<hour>{_HOUR})(?::(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?(?:\sUhr(?!\w))?)(?![\w:])"
)
_DOTTED: Final = rf"(?P<hour>{_HOUR})(?:\.(?P<minute>[0-5][0-9]))?\s?Uhr(?!\w)(?P<second>)"
_TIME_SPAN: Final = (
    rf"(?P<from>{_HOUR})(?:[:.](?P<past>[0-5][0-9]))?(?:\s?Uhr)?\s?(?:–|-|bis)\s?"
    rf"(?P<hour>{_HOUR})(?:[:.](?P<minute>[0-5][0-9]))?"
)
_TIME_START: Final = r"(?<![\w:.,-])"


def german_time_rules() -> tuple[SpeechRule, ...]:
    """Return the rules for times and spans of time."""
    return (
        SpeechRule(pattern=rf"{_TIME_START}{_TIME_SPAN}\s?Uhr(?!\w)", say=_span),
        SpeechRule(pattern=rf"{_TIME_START}(?=[0-9]{{1,2}}:){_TIME_SPAN}(?![\w:])", say=_span),
        SpeechRule(pattern=_TIME_START + _FULL, say=_time),
        SpeechRule(pattern=_TIME_START + _DOTTED, say=_time),
    )


def clock(hour: str, minute: str | None, second: str | None = None) -> str:
    """Return a time of the day with 24 hours."""
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    said = f"{'ein' if hours == 1 else hours} Uhr" + (f" {minutes}" if minutes else "")
    return f"{said} und {seconds} Sekunden" if seconds else said


def _time(match: re.Match[str]) -> str:
    return clock(match["hour"], match["minute"], match["second"])


def _span(match: re.Match[str]) -> str:
    last = clock(match["hour"], match["minute"])
    if not match["past"] and not match["minute"]:
        return f"{int(match['from'])} bis {last}"
    return f"{clock(match['from'], match['past'])} bis {last}"
