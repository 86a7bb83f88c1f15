"""Numbers are read back before they are used: a wrong digit is somebody else's business."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from channels.voice.calls.call_phrases import heard_pattern, heard_words, id_name, named_id, phrase, tongue
from channels.voice.speaking.spoken.spoken_ids import one_by_one
from guardrails.privacy.private_data import find_codes
from guardrails.vocabulary import IdKind

MOST: Final = 2
"""Numbers read back in one go."""
_NUMBER: Final = re.compile(r"(?<![\d.,@])\d{3,20}(?!\d|[.,]\d|\w*@)")
_CODE: Final = re.compile(rf"\b{heard_pattern('code')}\b", re.IGNORECASE)
_YES: Final = re.compile(rf"^\W*{heard_pattern('yes')}\b", re.IGNORECASE)
_NO: Final = re.compile(rf"^\W*{heard_pattern('no')}\b", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
MOST_WORDS: Final = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirming:
    """A message that waits for the caller's yes; `tries` counts the questions asked."""

    text: str
    numbers: tuple[str, ...]
    tries: int = 1


def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of three digits and more, each once."""
    return tuple(dict.fromkeys(_NUMBER.findall(text)))[:MOST]


def is_code(text: str, ids: Sequence[IdKind], *, asked: bool) -> bool:
    """Say whether the number in a text is a one-time code; `asked` when we had just asked for one.

    A number that is called one of the business's ids is that all the same, and has to be read back.
    """
    if any(find_codes(text)) or (_CODE.search(text) is not None and numbers(text)):
        return True
    return asked and bool(numbers(text)) and named_id(ids, text) is None


def asks_for_code(reply: Sequence[str], ids: Sequence[IdKind]) -> bool:
    """Say whether the reply said last, sentence by sentence, asks for a code: "Please read it to me." may."""
    for sentence in reversed(reply):
        if _CODE.search(sentence):
            return True
        if named_id(ids, sentence) is not None:
            return False
    return False


def read_back(text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    """Return the read-back of numbers that were heard well: "Order 1 0 4 2. One moment."."""
    said = _with("read_back", text, found, language, ids)
    return said[0].upper() + said[1:]


def question(text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    """Return the question whether the numbers were heard right: "Did you say order 1 0 4 2?"."""
    return _with("confirm", text, found, language, ids)


def verdict(text: str) -> bool | None:
    """Return whether an answer means yes or no, None when it means neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def corrected(confirming: Confirming, number: str) -> str:
    """Return the message that waits with another number in place of the last one in it."""
    before, old, after = confirming.text.rpartition(confirming.numbers[-1])
    return f"{before}{number}{after}" if old else f"{confirming.text} {number}"


def is_backchannel(text: str) -> bool:
    """Say whether a caller only shows that they listen: "uh-huh", "mhm", "okay", "ja", "right" alone."""
    words = _WORD.findall(text.lower())
    if not 0 < len(words) <= MOST_WORDS:
        return False
    if " ".join(words) in heard_words("backchannel_phrases"):
        return True
    return heard_words("backchannel").issuperset(words)


def _with(name: str, text: str, found: tuple[str, ...], language: str, ids: Sequence[IdKind]) -> str:
    number = "; ".join(map(one_by_one, found))
    called = id_name(named_id(ids, text), tongue(language)) if len(found) == 1 else ""
    if called:
        return phrase(f"{name}_id", language, id=called, number=number)
    return phrase(name, language, number=number)
