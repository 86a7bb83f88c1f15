"""Amounts with something behind them: 84.50 EUR as "84 euros and 50 cents", 5 km, 20 %, 3–5."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from channels.voice.speaking.spoken.speech_language import COMMON, SpeechLanguage, one_of
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_AMOUNT: Final = (
    r"(?:[0-9]{1,3}(?:[.,'’][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?(?![0-9])"
    r"|[0-9]{1,3}(?: [0-9]{3}){1,4}(?:[.,][0-9]{1,2})(?![0-9])"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,2})?(?![0-9]))"
)
"""An amount of money as people write it: 1,234.56 and 1.234,56, 1'234.50 and 1 234,50."""
_NUMBER: Final = r"[0-9]{1,12}(?:[.,'’][0-9]{1,12}){0,5}"
_CENTS: Final = re.compile(r"[.,]([0-9]{1,2})$")
_START: Final = r"(?<![\w.,:/-])"


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenAmount:
    """Whole units as digits without separators, and hundredths (0 when none were written)."""

    whole: str
    cents: int


def written_amount(written: str) -> WrittenAmount:
    """Read an amount: one or two digits behind the last separator are hundredths."""
    cents = _CENTS.search(written)
    head = written[: cents.start()] if cents else written
    whole = "".join(filter(str.isdigit, head)).lstrip("0") or "0"
    return WrittenAmount(whole=whole, cents=int(cents[1].ljust(2, "0")) if cents else 0)


def money_rules(language: SpeechLanguage) -> tuple[SpeechRule, ...]:
    """Return the rules for amounts with a code, sign or name before or behind them."""
    money, words = language.table["money"], language.words
    marks = {**COMMON["symbols"], **{code: code for code in COMMON["codes"]}}
    before = one_of(mark for mark in marks if mark not in COMMON["behind"])
    behind = one_of((*marks, *money["names"]))
    number = rf"(?P<number>{_AMOUNT})(?:[.,][-–]{{1,2}})?(?:\s?(?P<many>{one_of(money['millions'])})(?!\w))?"
    start, end, sign = r"(?<![\w.,])", r"(?![\w€$£])", r"(?P<sign>[-–+])?"
    signs = {"-": f"{words['minus']} ", "–": f"{words['minus']} ", "+": "plus "}

    def say(match: re.Match[str]) -> str | None:
        found = match.groupdict()
        code = marks.get(match["mark"]) or money["names"].get(match["mark"].lower(), "")
        said = _money(language, code, match["number"], found["many"]) if code else None
        return None if said is None else signs.get(found.get("sign") or "", "") + said

    def spread(match: re.Match[str]) -> str | None:
        last, first = say(match), written_amount(match["from"])
        decimals = f".{first.cents:02d}" if first.cents else ""
        return None if last is None else f"{first.whole}{decimals} {words['to']} {last}"

    return (
        SpeechRule(
            pattern=rf"{start}(?P<from>{_AMOUNT})\s?[-–]\s?{number}\s?(?P<mark>{behind}){end}", say=spread
        ),
        SpeechRule(pattern=rf"{start}{sign}{number}\s?(?P<mark>{behind}){end}", say=say),
        SpeechRule(pattern=rf"(?<!\w){sign}(?P<mark>{before})\s?{number}(?![\w%])", say=say),
    )


def _money(language: SpeechLanguage, code: str, written: str, scale: str | None) -> str | None:
    if scale:
        return language.millions(written, scale, language.currency(code, written))
    amount = written_amount(written)
    units = language.counted(amount.whole, language.currency(code, amount.whole))
    if not amount.cents:
        return units
    name = language.hundredths(code, amount.cents)
    if name is None:
        return None
    cents = language.counted(str(amount.cents), name)
    if amount.whole == "0":
        return cents
    joined: str = language.table["money"]["joined"]
    return joined.format(units=units, cents=cents, count=amount.cents)


def measure_rules(language: SpeechLanguage) -> tuple[SpeechRule, ...]:
    """Return the rules for percentages, units, ranges and plain numbers; the others come before them."""
    words, compared = language.words, language.table["compared"]
    value = rf"(?P<first>[-–]?{_NUMBER})(?:\s?[-–]\s?(?P<last>{_NUMBER}))?"

    def numbers(match: re.Match[str]) -> str:
        first, last = match["first"], match["last"]
        sign = f"{words['minus']} " if first[0] in "-–" else ""
        said = sign + language.measured(first.lstrip("-–"))
        return f"{said} {words['to']} {language.measured(last)}" if last else said

    def measured(match: re.Match[str]) -> str:
        name = language.unit(match["unit"], (match["last"] or match["first"]).lstrip("-–"))
        return language.counted(numbers(match), name)

    def spread(match: re.Match[str]) -> str | None:
        first, last = match["first"], match["last"]
        if match["dash"] == "-" and int(first) >= int(last):
            return None  # a score or a code, not a range
        return f"{first} {words['to']} {last}"

    return (
        SpeechRule(pattern=rf"{_START}{value}\s?%(?!\w)", say=lambda m: f"{numbers(m)} {words['percent']}"),
        SpeechRule(pattern=rf"{_START}{value}\s?(?P<unit>{one_of(language.units)})(?![\w²³/])", say=measured),
        SpeechRule(
            pattern=rf"{_START}(?P<first>[0-9]{{1,4}})\s?(?P<dash>[-–])\s?(?P<last>[0-9]{{1,4}})(?![\w%]|[-–.,:][0-9])",
            say=spread,
        ),
        SpeechRule(
            pattern=r"(?<![\w.,])(?P<count>[0-9]{1,4})\s?[x×](?=\s)",
            say=lambda m: f"{m['count']} {words['times']}",
        ),
        SpeechRule(
            pattern=rf"(?P<sign>{one_of(compared)})\s?(?=[0-9])", say=lambda m: f"{compared[m['sign']]} "
        ),
        SpeechRule(
            pattern=rf"(?<![\w.,)])[-–](?P<digits>{_NUMBER})(?![\w-])",
            say=lambda m: f"{words['minus']} {language.number(m['digits'])}",
        ),
        SpeechRule(
            pattern=rf"{_START}(?P<digits>{_NUMBER})(?!\w)", say=lambda m: language.number(m["digits"])
        ),
    )
