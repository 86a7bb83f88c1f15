"""Text as a reader sees it: nothing invisible, one kind of digit, one kind of dash."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]+"
)
_MARKED_DIGIT = re.compile("(?<=[0-9])[\u0300-\u036f\u20d0-\u20ff]+")
_SIGNS = {
    **dict.fromkeys("‐‑‒–—―−﹘", "-"),
    **dict.fromkeys("‘’‛′ʼ`´", "'"),
    "⁄": "/",
    "∕": "/",
    "․": ".",
    "٫": ".",
    "٬": ",",
    "。": ".",
}
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјорсухԁԛԝһΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιν",
    "ABESIJKMHOPCTXYaesijopcyxdqwhABEZHIKMNOPTYXoiv",
)
_LOOKALIKE = re.compile("[Ͱ-ԯ]")
_WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """Return the text in NFKC without invisible characters, with ASCII digits, dashes and apostrophes."""
    if text.isascii():
        return text
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = _INVISIBLE.sub("", text)
    signs = {ord(sign): meant for sign in set(text) if sign > "\x7f" and (meant := _meant(sign))}
    text = text.translate(signs) if signs else text
    return _MARKED_DIGIT.sub("", text)


def latin(text: str) -> str:
    """Return the text with Cyrillic and Greek letters that look Latin replaced by what they look like."""
    return text.translate(_LOOKALIKES) if _LOOKALIKE.search(text) else text


def flat(text: str) -> str:
    """Return the words of a plain text, lower case, one space between them."""
    return " ".join(_WORD.findall(text.lower()))


def holds_any(text: str, parts: Iterable[str]) -> bool:
    """Say whether one of the parts stands in a text: cheaper than a pattern, and asked before one."""
    for part in parts:  # noqa: SIM110  # a generator would cost more than the search
        if part in text:
            return True
    return False


def _meant(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    return str(digit) if digit is not None else _SIGNS.get(sign, "")
