"""Dates, money and lengths of time as any language writes them, put into English: Babel's CLDR tables.

English and German may stand in any text and are read as they are; a table is made when first needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_name
from babel.units import format_unit

from guardrails.facts.number_words import EVERYWHERE, with_digits

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "PLN", "CZK", "NOK", "DKK", "INR", "CAD", "AUD")
"""Where two go by the same word, such as dollar, the first one is meant."""
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_COUNTS = (1, 2, 5, 21)
"""Numbers that between them take all plural forms of a language."""
_TAG = re.compile(r"[a-z]{2,3}")
_NUMBER = re.compile(r"[\d\s\xa0]+")
_SPACE = re.compile(r"[\s\xa0]")
_DAY = r"(\d{1,2})(?:\.|er|º|ª)? ?(?:de |d'|di )?"
_OF_YEAR = r"(?: (?:de|del)(?= \d{4}))?"


@dataclass(frozen=True, kw_only=True, slots=True)
class LocaleWords:
    """One language's words for months, weekdays and measures, each with its English one; all lower case."""

    months: Mapping[str, str]
    weekdays: Mapping[str, str]
    measures: Mapping[str, str]
    dated: re.Pattern[str] | None
    named: re.Pattern[str] | None
    measured: re.Pattern[str] | None

    def in_english(self, text: str) -> str:
        """Return a lower-case text with them in English; months and measures only beside a number."""
        text = _put(self.dated, text, lambda found: f"{found[1]} {self.months[found[2]]}")
        text = _put(self.measured, text, lambda found: f"{found[1]} {self.measures[found[2]]}")
        return _put(self.named, text, lambda found: self.weekdays[found[0]])


def read_in(*languages: str) -> tuple[str, ...]:
    """Return the languages to read a text by, each once without its region: those, and what any may hold."""
    bare = (language.partition("-")[0].lower() for language in languages)
    return tuple(dict.fromkeys((*EVERYWHERE, *(each for each in bare if _TAG.fullmatch(each)))))


def in_english(text: str, languages: Iterable[str]) -> str:
    """Return a lower-case text with dates, money and lengths of time as English writes them."""
    for language in languages:
        if language not in EVERYWHERE and (words := locale_words(language)):
            text = words.in_english(text)
    return text


def in_figures(text: str, languages: tuple[str, ...]) -> str:
    """Return a lower-case text with numbers in digits as well."""
    return in_english(with_digits(text, languages), languages)


@lru_cache(maxsize=32)
def locale_words(language: str) -> LocaleWords | None:
    """Return the words of a language, None for one that nobody has described."""
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
    months, weekdays = _calendar(locale, "months"), _calendar(locale, "days")
    measures = dict(_measures(locale))
    return LocaleWords(
        months=months,
        weekdays=weekdays,
        measures=measures,
        dated=_any_of(months, before=_DAY, after=_OF_YEAR),
        named=_any_of(weekdays, before=r"(?<!\w)"),
        measured=_any_of(measures, before=r"(\d) ?"),
    )


def _calendar(locale: Locale, what: str) -> dict[str, str]:
    """Return the names of months or weekdays, in both cases some languages have, with the English ones."""
    english: Mapping[int, str] = getattr(Locale.parse("en"), what)["format"]["wide"]
    forms = (getattr(locale, what)[form]["wide"] for form in ("stand-alone", "format"))
    named = ((name.lower(), english[number].lower()) for names in forms for number, name in names.items())
    return {name: meant for name, meant in named if not _NUMBER.search(name)}


def _measures(locale: Locale) -> Iterator[tuple[str, str]]:
    for code in reversed(CURRENCIES):
        for count in _COUNTS:
            name = get_currency_name(code, count=count, locale=locale).lower()
            yield from ((name, code.lower()), (_SPACE.split(name)[0], code.lower()))
        yield locale.currency_symbols.get(code, code).lower(), code.lower()
    for unit in UNITS:
        for count in _COUNTS:
            written = format_unit(count, f"duration-{unit}", locale=locale, length="long")
            if name := _NUMBER.sub(" ", written).strip().lower():
                yield name, f"{unit}s"


def _any_of(names: Iterable[str], *, before: str, after: str = "") -> re.Pattern[str] | None:
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    return re.compile(rf"{before}({'|'.join(longest)})(?!\w){after}") if longest else None


def _put(pattern: re.Pattern[str] | None, text: str, meant: Callable[[re.Match[str]], str]) -> str:
    return pattern.sub(meant, text) if pattern else text
