"""Numbers are read back before they are used: a wrong digit is somebody else's order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from channels.voice.calls.words import word
from channels.voice.speaking.spoken.digits import one_by_one
from guardrails.privacy.private_data import find_codes

MOST: Final = 2
"""Numbers read back in one go."""
_NUMBER: Final = re.compile(r"(?<![\d.,@])\d{3,20}(?!\d|[.,]\d|\w*@)")
_ORDER: Final = re.compile(r"\b(?:order\w*|bestell\w*|auftrag\w*)\b", re.IGNORECASE)
_CODE: Final = re.compile(r"\b(?:\w*code|passcode|otp|m?tan)\b", re.IGNORECASE)
_YES: Final = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|correct|right|exactly|sure|that's right|that is right|uh-huh|mhm|mm-hmm|okay|ok"
    r"|ja|jawohl|genau|richtig|stimmt|korrekt)\b",
    re.IGNORECASE,
)
_NO: Final = re.compile(
    r"^\W*(?:no|nope|nah|not|wrong|incorrect|that's wrong|that is wrong|nein|nicht|falsch|stimmt nicht)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirming:
    """A message that waits for the caller's yes; `tries` counts the questions asked."""

    text: str
    numbers: tuple[str, ...]
    tries: int = 1


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of three digits and more, each once."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))[:MOST]


def is_code(text: str, *, asked: bool) -> bool:
    """Say whether the number in a text is a one-time code; `asked` when we had just asked for one.

    A number that is called an order's is one all the same, and has to be read back.
    """
    if any(find_codes(text)) or (_CODE.search(text) is not None and numbers(text)):
        return True
    return asked and bool(numbers(text)) and _ORDER.search(text) is None


def asks_for_code(reply: Sequence[str]) -> bool:
    """Say whether the reply said last, sentence by sentence, asks for a code: "Please read it to me." may."""
    for sentence in reversed(reply):
        if _CODE.search(sentence):
            return True
        if _ORDER.search(sentence):
            return False
    return False


def read_back(text: str, found: tuple[str, ...], language: str) -> str:
    """Return the read-back of numbers that were heard well: "Order 1 0 4 2. One moment."."""
    return _with(found, language, name="read_back_order" if _is_order(text, found) else "read_back")


def question(text: str, found: tuple[str, ...], language: str) -> str:
    """Return the question whether the numbers were heard right: "Did you say order 1 0 4 2?"."""
    return _with(found, language, name="confirm_order" if _is_order(text, found) else "confirm")


def verdict(text: str) -> bool | None:
    """Return whether an answer means yes or no, None when it means neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def corrected(confirming: Confirming, number: str) -> str:
    """Return the message that waits with another number in place of the last one in it."""
    before, old, after = confirming.text.rpartition(confirming.numbers[-1])
    return f"{before}{number}{after}" if old else f"{confirming.text} {number}"


def _is_order(text: str, found: tuple[str, ...]) -> bool:
    return len(found) == 1 and _ORDER.search(text) is not None


def _with(found: tuple[str, ...], language: str, *, name: str) -> str:
    return word(name, language, number="; ".join(map(one_by_one, found)))
