"""Amounts of money: 84.50 EUR as "84 euros and 50 cents" or "84 Euro 50"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from channels.voice.speaking.spoken.amounts import AMOUNT, amount
from channels.voice.speaking.spoken.speech_rules import Say, SpeechRule

SYMBOLS: Final = {
    "€": "EUR", "US$": "USD", "A$": "AUD", "C$": "CAD", "CA$": "CAD", "NZ$": "NZD", "$": "USD", "£": "GBP",
    "¥": "JPY", "SFr.": "CHF", "Fr.": "CHF", "zł": "PLN", "Kč": "CZK", "kr": "SEK", "₹": "INR", "₺": "TRY",
    "₴": "UAH", "₩": "KRW",
}  # fmt: skip
"""Signs and short names beside the codes of ISO 4217."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Currency:
    """A currency's names: one unit, several, one hundredth, several; no hundredths: empty."""

    one: str
    many: str
    cent: str = ""
    cents: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MoneyWords:
    """How a language speaks money; `phrase` joins whole units and hundredths."""

    currencies: Mapping[str, Currency]
    names: Mapping[str, str]
    """Written names (`euros`) to codes."""
    millions: Mapping[str, str]
    minus: str
    to: str
    phrase: Callable[[str, Currency, int], str]


def money_rules(words: MoneyWords) -> tuple[SpeechRule, ...]:
    """Return the rules for amounts with a code, sign or name before or behind them."""
    marks = {**SYMBOLS, **{code: code for code in words.currencies}}
    before = _one_of(mark for mark in marks if mark not in {"kr", "zł", "Kč"})
    behind = _one_of((*marks, *words.names))
    many = _one_of(words.millions)
    sign = r"(?P<sign>[-–+])?"
    number = rf"(?P<number>{AMOUNT})(?:[.,][-–]{{1,2}})?(?:\s?(?P<many>{many})(?!\w))?"
    start, end = r"(?<![\w.,])", r"(?![\w€$£])"

    def say(match: re.Match[str]) -> str | None:
        mark = match["mark"]
        code = marks.get(mark) or words.names.get(mark.lower(), "")
        return _said(match, words, words.currencies.get(code))

    first = rf"(?P<from>{AMOUNT})\s?[-–]\s?"
    return (
        SpeechRule(pattern=rf"{start}{first}(?:{number})\s?(?P<mark>{behind}){end}", say=_range(say, words)),
        SpeechRule(pattern=rf"{start}{sign}{number}\s?(?P<mark>{behind}){end}", say=say),
        SpeechRule(pattern=rf"(?<!\w){sign}(?P<mark>{before})\s?{number}(?![\w%])", say=say),
    )


def _one_of(marks: Iterable[str]) -> str:
    return "|".join(re.escape(mark) for mark in sorted(marks, key=len, reverse=True))


def _range(say: Say, words: MoneyWords) -> Say:
    def both(match: re.Match[str]) -> str | None:
        last = say(match)
        first = amount(match["from"])
        decimals = f".{first.cents:02d}" if first.cents else ""
        return None if last is None else f"{first.whole}{decimals} {words.to} {last}"

    return both


def _said(match: re.Match[str], words: MoneyWords, currency: Currency | None) -> str | None:
    if currency is None:
        return None
    sign = {"-": f"{words.minus} ", "–": f"{words.minus} ", "+": "plus "}.get(_group(match, "sign"), "")
    many = _group(match, "many")
    if many:
        return f"{sign}{match['number']} {words.millions[many]} {currency.many}"
    value = amount(match["number"])
    if value.cents and not currency.cent:
        return None
    return sign + words.phrase(value.whole, currency, value.cents or 0)


def _group(match: re.Match[str], name: str) -> str:
    return match.groupdict().get(name) or ""
