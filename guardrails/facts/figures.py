"""Numbers in plain text: values however they are grouped, amounts, runs of digits, codes, durations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from guardrails.facts.plain_text import holds_any

TOKEN = re.compile(r"\d(?<![\d.,'].)\d*(?:[.,']\d+){0,8}")
"""One number as written, its grouping included."""

SPACED = re.compile(r"\d(?<![\d.,].)\d{0,2}(?: \d{3}){1,4}(?:[.,]\d{1,2})?(?![\d.,]?\d)")
"""A number grouped by spaces."""

RUN = re.compile(r"\d(?:[ ./()_-]{0,2}\d){3,40}")
"""Digits with little between them: a telephone number, an id read out digit by digit."""

LONE_DIGITS = re.compile(r"\d(?<!\w.)(?:[\W_]{1,3}\d(?![^\W_])){2,40}")
"""Single digits in a row, whatever stands between them."""

CODE = re.compile(
    r"(?<![\w@/.-])(?=[A-Za-z0-9-]{0,40}\d)(?=[A-Za-z0-9-]{0,40}[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+){0,"
    r"6}(?![\w@])"
)
"""Letters and digits in one word: a tracking number, a voucher."""

_CODES = """
    EUR € eur euro euros cent cents; USD $ usd us$ dollar dollars bucks; GBP £ gbp pound pounds quid
    pfund; CHF chf franken francs franc; SEK sek kr kronen kronor; JPY jpy ¥ yen; PLN pln; NOK nok; DKK
    dkk; CZK czk; INR inr ₹; AUD aud; CAD cad; BTC btc bitcoin
"""
_CURRENCIES = {name: code for code, *names in map(str.split, _CODES.split(";")) for name in names}
"""What currencies are called in English and German, with what CLDR lacks: "quid", "bucks"."""
_CURRENCY = "|".join(sorted(map(re.escape, _CURRENCIES), key=len, reverse=True))
_NUMBER = r"\d+(?:[.,' ]\d+){0,6}"
_FIGURE = re.compile(r"\d(?<![\d.,].)\d*(?:[.,' ]\d+){0,6}")
_BEFORE = re.compile(rf"(?:^|[^a-z])(?P<name>{_CURRENCY}) ?$")
_AFTER = re.compile(rf"(?:[.,]-)? ?(?P<name>{_CURRENCY})(?![a-z])")
_WIDEST = 9  # characters of a currency's name and a space
PERCENT = re.compile(r"(\d(?<!\d.)\d*(?:[.,]\d+)?)[ -]?(?:%|per ?cent\b|prozent|pct\b)")

_UNITS = {
    "second": "s",
    "sekunde": "s",
    "minut": "min",
    "hour": "h",
    "stunde": "h",
    "week": "w",
    "woche": "w",
}
_UNITS |= {"month": "m", "monat": "m", "year": "y", "jahr": "y"}
DURATION = re.compile(
    r"(\d(?<![\d.,].)\d*(?:[.,]\d+)?)(?: ?(?:-|to|bis|or|oder|and|und) ?(\d+))?[ -]{0,2}(?:more "
    r"|weitere[nrs]? |full |volle[nrs]? )?"
    r"(?:(?:business|working|work|calendar|week|school)[ -]|kalender|arbeits|werk)?"
    r"(days?|tage?[ns]?|tägig\w*|hours?|hrs?\b|stunden?|stündig\w*|weeks?|wochen?|wöchig\w*|months?"
    r"|monat\w*|years?|jahr\w*"
    r"|jährig\w*|minut\w*|seconds?|sekunden?)"
)
_DIGITS = re.compile(r"\d+")
_AROUND = 40
_NO_LETTER = re.compile(r"[\W_]+")
_NO_DIGIT = re.compile(r"\D+")


@dataclass(frozen=True, slots=True)
class MoneyAmount:
    """An amount of money as written: what its number may mean, and its ISO 4217 code."""

    values: frozenset[str]
    currency: str
    written: str


def values(token: str) -> frozenset[str]:
    """Return what a written number may mean, as plain decimals: "1.234" is 1234 or 1.234."""
    if token.isdecimal():
        return frozenset((_whole(token),))
    marks = [sign for sign in token if not sign.isdecimal()]
    groups = re.split(r"[.,' ]", token)
    last = marks[-1]
    grouped = all(len(group) == 3 for group in groups[1:]) and 0 < len(groups[0]) <= 3
    if len(set(marks)) == 1 and grouped:
        joined = frozenset((_whole("".join(groups)),))
        return joined | {_decimal(groups[0], groups[1])} if len(groups) == 2 and last in ".," else joined
    if last in ".," and marks.count(last) == 1 and all(len(group) == 3 for group in groups[1:-1]):
        return frozenset((_decimal("".join(groups[:-1]), groups[-1]),))
    return frozenset()


def amounts(text: str) -> Iterator[MoneyAmount]:
    """Return the amounts of money in a lower-case plain text."""
    return (amount for amount, _, _ in _amounts(text))


def without_amounts(text: str) -> str:
    """Return a lower-case plain text without its amounts of money."""
    parts, at = [], 0
    for _, start, end in _amounts(text):
        parts.append(text[at:start])
        at = max(end, at)
    return " ; ".join([*parts, text[at:]])


def _amounts(text: str) -> Iterator[tuple[MoneyAmount, int, int]]:
    for found in _FIGURE.finditer(text):
        start, end = found.span()
        before = _BEFORE.search(text[max(0, start - _WIDEST) : start])
        after = _AFTER.match(text, end)
        if named := before or after:
            start, end = start - len(before["name"]) if before else start, after.end() if after else end
            amount = MoneyAmount(values(found[0]), _CURRENCIES[named["name"]], text[start:end].strip())
            yield amount, start, end


def currencies(text: str, words: Set[str]) -> frozenset[str]:
    """Return the codes of the currencies a lower-case plain text, whose words these are, names."""
    found = {_CURRENCIES[sign] for sign in "€$£¥₹" if sign in text}
    return frozenset(found | {_CURRENCIES[word] for word in words & _CURRENCIES.keys()})


def around_digits(text: str) -> str:
    """Return the parts of a text within 40 characters of a digit, one on each line."""
    parts, start, end = [], 0, -1
    for found in _DIGITS.finditer(text):
        if found.start() - _AROUND > end:
            parts.append(text[start : max(end, 0)])
            start = max(found.start() - _AROUND, 0)
        end = found.end() + _AROUND
    return "\n".join([*parts, text[start : max(end, 0)]])


def durations(text: str) -> frozenset[tuple[str, str]]:
    """Return the lengths of time in a lower-case plain text, as ("30", "d")."""
    found: set[tuple[str, str]] = set()
    for first, second, unit in DURATION.findall(text):
        kind = next((kind for stem, kind in _UNITS.items() if unit.startswith(stem)), _other(unit))
        found.update((value, kind) for number in (first, second) if number for value in values(number))
    return frozenset(found)


def percentages(text: str) -> frozenset[str]:
    """Return the percentages in a lower-case plain text."""
    if not holds_any(text, ("%", "cent", "prozent", "pct")):
        return frozenset()
    return frozenset(value for number in PERCENT.findall(text) for value in values(number))


def digits(text: str) -> str:
    """Return only the digits of a text."""
    return _NO_DIGIT.sub("", text)


def code(text: str) -> str:
    """Return a code as it is compared: lower case, letters and digits only."""
    return _NO_LETTER.sub("", text.lower())


def _other(unit: str) -> str:
    return "h" if unit.startswith(("hr", "stünd")) else "w" if unit.startswith("wöch") else _year_or_day(unit)


def _year_or_day(unit: str) -> str:
    return "y" if unit.startswith("jähr") else "d"


def _whole(number: str) -> str:
    return number.lstrip("0") or "0"


def _decimal(whole: str, fraction: str) -> str:
    fraction = fraction.rstrip("0")
    return f"{_whole(whole)}.{fraction}" if fraction else _whole(whole)
