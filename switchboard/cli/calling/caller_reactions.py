"""What a caller does about the gateway's own questions: confirms, repeats, keys in a number."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from channels.voice.calls.spelled import joined_digits

_NUMBER: Final = re.compile(r"\d{3,}")
_READ_OUT: Final = re.compile(r"\d(?: \d){2,}|\d{3,}")
_DIGITS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}
_YES: Final = {"en": "Yes, that is right.", "de": "Ja, das stimmt."}
_NO: Final = {"en": "No, that is wrong.", "de": "Nein, das ist falsch."}
_MINE: Final = {
    "en": ("My order number is {number}.", "It is {number}."),
    "de": ("Meine Bestellnummer ist {number}.", "Sie ist {number}."),
}
"""What is said to correct a number, the second one more slowly; after them it is keyed in."""


class GatewayQuestion(StrEnum):
    """What a sentence of the gateway asks of the caller."""

    CONFIRM = "confirm"
    READ_BACK = "read_back"
    """Nothing, if the number is right."""
    NUMBER = "number"
    AGAIN = "again"
    KEYS = "keys"
    PRESENCE = "presence"


_ASKED: Final = (
    (GatewayQuestion.KEYS, re.compile(r"\b(?:type|tippen)\b", re.IGNORECASE)),
    (GatewayQuestion.CONFIRM, re.compile(r"^(?:did you say|sagten sie)\b", re.IGNORECASE)),
    (GatewayQuestion.READ_BACK, re.compile(r"^(?:order |bestellung )?\d(?: \d)+[\d; ]*\.", re.IGNORECASE)),
    (GatewayQuestion.NUMBER, re.compile(r"what is the number|wie lautet die nummer", re.IGNORECASE)),
    (
        GatewayQuestion.AGAIN,
        re.compile(
            r"did not get that|say that again|habe ich nicht verstanden|noch einmal sagen", re.IGNORECASE
        ),
    ),
    (GatewayQuestion.PRESENCE, re.compile(r"still there|noch da|hang up now|lege jetzt auf", re.IGNORECASE)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerReaction:
    """What the caller does: say `text`, repeat what they said (`again`), or press `keys`."""

    text: str = ""
    slower: bool = False
    again: bool = False
    keys: str = ""


def asked(sentence: str) -> GatewayQuestion | None:
    """Return what one of the call's own sentences asks of the caller, None for no more than information."""
    return next((kind for kind, pattern in _ASKED if pattern.search(sentence)), None)


def reaction(
    sentence: str, *, said: str, keys: str, language: str = "en", corrected: int = 0
) -> CallerReaction | None:
    """Return what a caller who said `said` does about a sentence of the call's own; None: nothing.

    `keys` are pressed where the gateway asks for keys; without them the number in `said` is. `corrected`
    tells how often the number was corrected before.
    """
    mine = numbers(said)
    right = set(read_out(sentence)) <= set(mine)
    match asked(sentence):
        case GatewayQuestion.CONFIRM if mine:
            return CallerReaction(text=(_YES if right else _NO)[language])
        case GatewayQuestion.READ_BACK if right:
            return None
        case GatewayQuestion.READ_BACK | GatewayQuestion.NUMBER if mine:
            return _correction(mine[0], language, corrected)
        case GatewayQuestion.AGAIN | GatewayQuestion.NUMBER:
            return CallerReaction(again=True)
        case GatewayQuestion.KEYS if keys or mine:
            return CallerReaction(keys=keys or f"{mine[0]}#")
    return None


def _correction(number: str, language: str, corrected: int) -> CallerReaction:
    sentences = _MINE[language]
    if corrected >= len(sentences):
        return CallerReaction(keys=f"{number}#")
    text = sentences[corrected].format(number=spelled(number, language))
    return CallerReaction(text=text, slower=corrected > 0)


def numbers(text: str) -> list[str]:
    """Return the numbers of three digits and more in a text, spoken or written in whatever groups."""
    return _NUMBER.findall(joined_digits(text))


def read_out(sentence: str) -> list[str]:
    """Return the numbers in a sentence of the gateway, read out digit by digit or written."""
    return [found.replace(" ", "") for found in _READ_OUT.findall(sentence)]


def spelled(number: str, language: str = "en") -> str:
    """Return a number digit by digit in words."""
    return " ".join(_DIGITS[language][int(digit)] for digit in number)
