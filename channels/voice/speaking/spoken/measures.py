"""Percentages, units, ranges and plain numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from channels.voice.speaking.spoken.amounts import NUMBER
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_START: Final = r"(?<![\w.,:/-])"


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasureWords:
    """How a language speaks numbers with something behind them."""

    number: Callable[[str], str]
    """For numbers that stand alone."""
    measured: Callable[[str], str]
    """For numbers before percent or a unit, where a point may be a decimal one."""
    percent: str
    units: Mapping[str, tuple[str, str]]
    """A unit's sign to its name for one and for several."""
    one: Mapping[str, str]
    """How "1" is said before a unit's name, by that name; else it stays."""
    to: str
    minus: str
    times: str
    compared: Mapping[str, str]
    """What < > ≤ ≥ ~ ± before a number are called."""


def measure_rules(words: MeasureWords) -> tuple[SpeechRule, ...]:
    """Return the rules for numbers; ids, dates and money are other rules' matter."""
    unit = "|".join(re.escape(sign) for sign in sorted(words.units, key=len, reverse=True))
    compared = "|".join(map(re.escape, words.compared))
    value = rf"(?P<first>[-–]?{NUMBER})(?:\s?[-–]\s?(?P<last>{NUMBER}))?"

    def percent(match: re.Match[str]) -> str:
        return f"{_numbers(match, words)} {words.percent}"

    def measured(match: re.Match[str]) -> str:
        one, many = words.units[match["unit"]]
        if match["last"] is None and match["first"] == "1":
            return f"{words.one.get(one, '1')} {one}"
        return f"{_numbers(match, words)} {many}"

    def spread(match: re.Match[str]) -> str | None:
        first, last = match["first"], match["last"]
        if match["dash"] == "-" and int(first) >= int(last):
            return None  # a score or a code, not a range
        return f"{first} {words.to} {last}"

    return (
        SpeechRule(pattern=rf"{_START}{value}\s?%(?!\w)", say=percent),
        SpeechRule(pattern=rf"{_START}{value}\s?(?P<unit>{unit})(?![\w²³/])", say=measured),
        SpeechRule(
            pattern=rf"{_START}(?P<first>[0-9]{{1,4}})\s?(?P<dash>[-–])\s?(?P<last>[0-9]{{1,4}})(?![\w%]|[-–.,:][0-9])",
            say=spread,
        ),
        SpeechRule(
            pattern=r"(?<![\w.,])(?P<count>[0-9]{1,4})\s?[x×](?=\s)",
            say=lambda m: f"{m['count']} {words.times}",
        ),
        SpeechRule(
            pattern=rf"(?P<sign>{compared})\s?(?=[0-9])", say=lambda m: f"{words.compared[m['sign']]} "
        ),
        SpeechRule(
            pattern=rf"(?<![\w.,)])[-–](?P<digits>{NUMBER})(?![\w-])", say=lambda m: _negative(m, words)
        ),
        SpeechRule(pattern=rf"{_START}(?P<digits>{NUMBER})(?!\w)", say=lambda m: words.number(m["digits"])),
    )


def _numbers(match: re.Match[str], words: MeasureWords) -> str:
    first = match["first"]
    sign = f"{words.minus} " if first[0] in "-–" else ""
    said = sign + words.measured(first.lstrip("-–"))
    return f"{said} {words.to} {words.measured(match['last'])}" if match["last"] else said


def _negative(match: re.Match[str], words: MeasureWords) -> str:
    return f"{words.minus} {words.number(match['digits'])}"
