"""Finds the concepts that words stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from guardrails.injection.clear_text import Words, flat, split
from guardrails.word_tables import listed, read_table

STEM = 4
"""Letters that the index of stems goes by."""
MAX_HITS = 6_000
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
BESIDE = 3
"""Words on either side of an instruction that make it the customer's own, or a product's."""
_LEXICON = read_table("guardrails.injection", "lexicon.toml")
_CALL = re.compile(
    r"(?:get|find|list|search|look|create|add|make|set|change|update|edit|cancel|delete|remove|send|pay|book|move"
    r"|refund|transfer|verify|schedule|escalate|approve|grant|run|call|close|open)(?:_[a-z0-9]{1,30}){1,5}"
)
"""What names of tools look like, whatever the business."""
NAMES = (*_LEXICON["concepts"], "tool_name", "role_line", "address")
BITS: Mapping[str, int] = {name: 1 << place for place, name in enumerate(NAMES)}

Hit = tuple[int, int]
"""A word's place and the concepts it stands for as bits."""
Row = tuple[tuple[str, ...], int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """The lexicon: words and stems with their bits, and phrases by their first word and then their second."""

    words: Mapping[str, int]
    stems: Mapping[str, Sequence[tuple[str, int]]]
    phrases: Mapping[str, Mapping[str, Sequence[Row]]]


def hits(found: Words) -> list[Hit]:
    """Return which words stand for a concept; at most MAX_HITS of them."""
    index, texts = _index(), found.texts
    known = {text: (_single(index, text), index.phrases.get(text)) for text in set(texts)}
    result: list[Hit] = []
    last = len(texts) - 1
    for place, text in enumerate(texts):
        bits, phrases = known[text]
        if phrases and place < last:
            for row, more in phrases.get(texts[place + 1], ()):
                if _in_row(row, texts, place):
                    bits |= more
        if bits:
            result.append((place, bits))
            if len(result) >= MAX_HITS:
                break
    return _without_own(result)


def _single(index: Lexicon, text: str) -> int:
    bits = index.words.get(text, 0)
    if "_" in text and _CALL.fullmatch(text):
        bits |= BITS["tool_name"]
    for stem, more in index.stems.get(text[:STEM], ()):
        if text.startswith(stem):
            bits |= more
    meant = _misspelled().get(text) if not bits else None
    return _single(index, meant) if meant else bits


def _in_row(row: Sequence[str], texts: Sequence[str], place: int) -> bool:
    return len(row) == 2 or tuple(texts[place : place + len(row)]) == row


@lru_cache(maxsize=1)
def _misspelled() -> Mapping[str, str]:
    forms: dict[str, str] = {}
    words = _LEXICON["misspelt"].split()
    for word in words:
        for place in range(1, len(word) - 1):
            forms[word[:place] + word[place + 1 :]] = word
            forms[word[:place] + word[place + 1] + word[place] + word[place + 2 :]] = word
    return {form: word for form, word in forms.items() if form not in words}


def _without_own(found: list[Hit]) -> list[Hit]:
    """Drop instructions that are a product's, or the customer's own: "my delivery instructions"."""
    instruction, mine, product = BITS["instruction"], BITS["mine"], BITS["product"]
    prompt, polite = BITS["prompt"] | BITS["prompt_word"], BITS["prompt_reply"]
    result = []
    for number, (place, bits) in enumerate(found):
        dropped = prompt if bits & polite else 0
        if bits & instruction and (
            _near(found, number, mine | product, -1, place) or _near(found, number, product, 1, place)
        ):
            dropped |= instruction
        result.append((place, bits & ~dropped))
    return result


def _near(found: Sequence[Hit], number: int, bits: int, step: int, place: int) -> bool:
    number += step
    while 0 <= number < len(found) and abs(found[number][0] - place) <= BESIDE:
        if found[number][1] & bits:
            return True
        number += step
    return False


@lru_cache(maxsize=1)
def _index() -> Lexicon:
    words: dict[str, int] = {"@": BITS["address"]}
    stems: dict[str, list[tuple[str, int]]] = {}
    phrases: dict[str, dict[str, list[Row]]] = {}
    for name, words_of in _LEXICON["concepts"].items():
        for row in _rows(words_of):
            if len(row) > 1:
                phrases.setdefault(row[0], {}).setdefault(row[1], []).append((row, BITS[name]))
            elif row[0].endswith("*"):
                stems.setdefault(row[0][:STEM], []).append((row[0][:-1], BITS[name]))
            else:
                words[row[0]] = words.get(row[0], 0) | BITS[name]
    return Lexicon(words=words, stems=stems, phrases=phrases)


def _rows(text: str) -> Iterator[tuple[str, ...]]:
    """Yield each phrase as words, with both spellings of an umlaut."""
    for phrase in listed(text):
        spelled = phrase.lower()
        for each in dict.fromkeys((spelled, spelled.translate(UMLAUTS))):
            row = split(flat(each)).texts
            if row:
                yield (row[0] + "*",) if each.endswith("*") and len(row) == 1 else tuple(row)
