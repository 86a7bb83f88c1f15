"""Numbers written in words, in the languages that text2num reads: "eight eight two one"."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
_LONGEST = 60  # letters of a number in one word


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
    if len(word) > _LONGEST or word in _NO_NUMBERS:
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
