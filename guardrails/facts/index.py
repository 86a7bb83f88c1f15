"""What a text holds, found when first asked for and then kept: numbers, dates, addresses, words."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain

from guardrails.claims.clauses import sentences
from guardrails.facts.day_facts import Day, names_month, numeric_dates, weekdays, written_dates
from guardrails.facts.figures import (
    CODE,
    LONE_DIGITS,
    RUN,
    SPACED,
    TOKEN,
    around_digits,
    code,
    currencies,
    digits,
    durations,
    percentages,
    values,
)
from guardrails.facts.locales import EVERYWHERE, in_english, with_digits
from guardrails.facts.plain_text import plain
from guardrails.facts.web_addresses import Link, emails, links

PHONE_TAIL = 7
"""Digits at the end by which two telephone numbers are taken for the same, before the rest is compared."""

_WORD = re.compile(r"[^\W_]+")
_MOST_ALIKE = 8


class FactIndex:
    """One text of the facts. Everything is found in time linear in its length."""

    def __init__(self, text: str, languages: tuple[str, ...] = EVERYWHERE) -> None:
        self.text = plain(text)
        self._languages = languages

    @cached_property
    def lower(self) -> str:
        """The text in lower case."""
        return self.text.lower()

    @cached_property
    def english(self) -> str:
        """The lower-case text with dates and money as English writes them."""
        return in_english(self.lower, self._languages)

    @cached_property
    def figures(self) -> str:
        """The lower-case text near its digits: all that patterns for figures need to see."""
        return around_digits(self.english)

    @cached_property
    def worded(self) -> FactIndex | None:
        """The text with numbers in words written in digits, None when there are none."""
        changed = with_digits(self.lower, self._languages)
        return FactIndex(changed, self._languages) if changed != self.lower else None

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The values of all numbers."""
        tokens = chain(TOKEN.findall(self.figures), SPACED.findall(self.figures))
        return frozenset(value for token in set(tokens) for value in values(token))

    @cached_property
    def tokens(self) -> frozenset[str]:
        """All groups of digits as they stand, leading zeros included."""
        return frozenset(re.findall(r"\d+", self.figures))

    @cached_property
    def runs(self) -> frozenset[str]:
        """The digits of all runs."""
        found = chain(RUN.findall(self.figures), LONE_DIGITS.findall(self.figures))
        return frozenset(digits(run) for run in found) | self.tokens

    @cached_property
    def tails(self) -> dict[str, list[str]]:
        """Runs by their last seven digits, at most eight of each."""
        tails: dict[str, list[str]] = {}
        for run in self.runs:
            if len(run) >= PHONE_TAIL:
                alike = tails.setdefault(run[-PHONE_TAIL:], [])
                if len(alike) < _MOST_ALIKE:
                    alike.append(run)
        return tails

    @cached_property
    def codes(self) -> frozenset[str]:
        """Words of letters and digits, as they are compared."""
        return frozenset(code(found) for found in CODE.findall(self.figures))

    @cached_property
    def words(self) -> frozenset[str]:
        """All words, lower case."""
        return frozenset(_WORD.findall(self.lower))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The first five letters of all words."""
        return frozenset(word[:5] for word in self.words)

    @cached_property
    def numeric_days(self) -> frozenset[Day]:
        """The days written in digits."""
        return frozenset(chain.from_iterable(days for _, days in numeric_dates(self.figures)))

    @cached_property
    def written_days(self) -> frozenset[Day]:
        """The days written with a month's name."""
        if not names_month(self.figures, frozenset(_WORD.findall(self.figures))):
            return frozenset()
        return frozenset(chain.from_iterable(days for _, days in written_dates(self.figures)))

    @cached_property
    def numeric_anniversaries(self) -> frozenset[tuple[int, int]]:
        """Month and day of the days written in digits."""
        return frozenset((day.month, day.day) for day in self.numeric_days)

    @cached_property
    def written_anniversaries(self) -> frozenset[tuple[int, int]]:
        """Month and day of the days written with a month's name."""
        return frozenset((day.month, day.day) for day in self.written_days)

    def has_day(self, day: Day) -> bool:
        """Say whether the text names a day; the year may be left out on either side."""
        if day.year is None:
            place = (day.month, day.day)
            return place in self.numeric_anniversaries or place in self.written_anniversaries
        bare = Day(None, day.month, day.day)
        known = day in self.numeric_days or bare in self.numeric_days
        return known or day in self.written_days or bare in self.written_days

    @cached_property
    def weekdays(self) -> frozenset[int]:
        """The days of the week that are named."""
        return weekdays(_WORD.findall(self.english))

    @cached_property
    def emails(self) -> frozenset[str]:
        """The mail addresses."""
        return frozenset(emails(self.text))

    @cached_property
    def links(self) -> frozenset[tuple[str, str]]:
        """The links, as host and rest."""
        return frozenset((link.host, link.rest) for link in self._links)

    @cached_property
    def hosts(self) -> frozenset[str]:
        """The hosts of the links and of the mail addresses."""
        return frozenset(link.host for link in self._links) | {each.partition("@")[2] for each in self.emails}

    @cached_property
    def _links(self) -> list[Link]:
        return links(self.text)

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The codes of the currencies that are named."""
        return currencies(self.english, frozenset(_WORD.findall(self.english)))

    @cached_property
    def durations(self) -> frozenset[tuple[str, str]]:
        """The lengths of time."""
        return durations(self.figures)

    @cached_property
    def percentages(self) -> frozenset[str]:
        """The percentages."""
        return percentages(self.figures)

    @cached_property
    def sentences(self) -> frozenset[str]:
        """The sentences as they are compared."""
        return frozenset(flat_sentence(sentence) for sentence in sentences(self.text))

    def phone(self, number: str) -> bool:
        """Say whether digits are a telephone number of the text, with or without its country code."""
        core = number.lstrip("0")
        alike = self.tails.get(number[-PHONE_TAIL:], ())
        return any(run.endswith(core) or core.endswith(run.lstrip("0")) for run in alike)


def flat_sentence(sentence: str) -> str:
    """Return the words of a sentence as it is compared with another."""
    return " ".join(_WORD.findall(sentence.lower()))
