"""Numbers in words, dates, money and lengths of time as any language writes them: text2num and CLDR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_name
from babel.units import format_unit
from text_to_num import alpha2digit

READ = frozenset({"en", "de", "fr", "es", "pt", "it", "nl"})
EVERYWHERE = ("en", "de")
"""Languages whose numbers any text may hold."""
_NO_NUMBERS = frozenset(
    ("ein", "un", "une", "uno", "una", "um", "uma", "een", "hundreds", "thousands", "millions")
)
"""Articles, and what is no count."""
_RESPELLED = {"fuenf": "fünf", "zwoelf": "zwölf", "dreissig": "dreißig", "fourty": "forty"}
_LETTERS = re.compile(r"[^\W\d_]+")
_BETWEEN = re.compile(r"[ ,/.-]{1,2}|, | - | (?:and|et|y|e|en) ")
_NO_DIGIT = re.compile(r"\D+")
_KNOWN: dict[str, tuple[set[str], set[str]]] = {}
"""By language the words that are numbers, and all that were looked at."""
_MOST_KEPT = 50_000
_MOST = 16  # words of one number
_LONGEST_WORD = 60  # letters of a number in one word


def with_digits(text: str, languages: tuple[str, ...] = EVERYWHERE) -> str:
    """Return the text with numbers in words written in digits; digits read out one by one are joined."""
    words = set(_LETTERS.findall(text.lower()))
    for language in languages:
        if language in READ and (numbers := _numbers_among(words, language)):
            text = _in_language(text, numbers, language)
    return text


def _in_language(text: str, numbers: set[str], language: str) -> str:
    found = [each for each in _LETTERS.finditer(text) if each[0].lower() in numbers]
    parts, at = [], 0
    for start, end in _runs(text, found) if found else ():
        run = _respelled(text[start:end].lower())
        parts += [text[at:start], _NO_DIGIT.sub("", alpha2digit(run, language, 0.0))]
        at = end
    return "".join([*parts, text[at:]])


def _numbers_among(words: set[str], language: str) -> set[str]:
    """Return the words that are numbers, or parts of one; what was found of a word is kept."""
    known, seen = _KNOWN.setdefault(language, (set(), set()))
    if len(seen) > _MOST_KEPT:
        known.clear()
        seen.clear()
    new = words - seen
    known |= {word for word in new if _counts(word, language)}
    seen |= new
    return words & known


def _counts(word: str, language: str) -> bool:
    """Say whether a word is a number or a part of one; an article is none, nor is "second"."""
    if len(word) > _LONGEST_WORD or word in _NO_NUMBERS:
        return False
    return bool(alpha2digit(_respelled(word), language, 0.0).isdecimal())


def _respelled(text: str) -> str:
    for spelled, usual in _RESPELLED.items():
        text = text.replace(spelled, usual)
    return text


def _runs(text: str, found: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Return where numbers of several words begin and end."""
    start, end, words = found[0].start(), found[0].end(), 1
    for each in found[1:]:
        if words < _MOST and _BETWEEN.fullmatch(text[end : each.start()].lower()):
            end, words = each.end(), words + 1
        else:
            yield start, end
            start, end, words = each.start(), each.end(), 1
    yield start, end


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
