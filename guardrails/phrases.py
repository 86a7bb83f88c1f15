"""Finds phrases by whole words, whatever their case, accents or spacing; linear in the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from guardrails.injection.clear_text import Words, flat, split

GAP = "..."
WIDEST_GAP = 5
"""Words that "..." may stand for."""
MAX_TRIES = 200
"""Places at which one phrase is tried in one text."""
MAX_WORDS = 12
Row = tuple[int, str, tuple[str, ...]]
"""A phrase's place in the book, its name, its words."""
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PhraseBook:
    """Phrases by name, ready to be looked for.

    A phrase is words in a row; a word may end in * (any ending), and "..." between two words stands for
    up to five words of the same sentence.
    """

    rows: Mapping[str, Sequence[Row]]
    """By first word."""
    stems: Sequence[Row]
    """Those that begin with a stem."""

    def first(self, words: Words) -> str | None:
        """Return the name of the first phrase, in the book's order, that the words hold."""
        places = _places(words.texts)
        begun = [row for text in places.keys() & self.rows.keys() for row in self.rows[text]]
        for _, name, row in sorted([*begun, *self.stems]):
            if _holds(row, words, places):
                return name
        return None


def phrase_book(phrases: Mapping[str, Sequence[str]]) -> PhraseBook:
    """Return a book of phrases; their first twelve words count."""
    rows: dict[str, list[Row]] = {}
    stems: list[Row] = []
    named = ((name, row) for name, listed in phrases.items() for phrase in listed for row in _rows(phrase))
    for place, (name, row) in enumerate(named):
        where = stems if row[0].endswith("*") else rows.setdefault(row[0], [])
        where.append((place, name, row))
    return PhraseBook(rows=rows, stems=stems)


def _rows(phrase: str) -> Iterator[tuple[str, ...]]:
    lower = phrase.lower()
    for spelled in dict.fromkeys((lower, lower.translate(UMLAUTS))):
        row = tuple(part for word in spelled.split() for part in _parts(word))[:MAX_WORDS]
        if row and row[0] != GAP:
            yield row


def _parts(word: str) -> Sequence[str]:
    if word == GAP:
        return (GAP,)
    parts = list(split(flat(word)).texts)
    if parts and word.endswith("*"):
        parts[-1] += "*"
    return parts


def _places(texts: Sequence[str]) -> Mapping[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(text, []).append(place)
    return places


def _holds(row: tuple[str, ...], words: Words, places: Mapping[str, list[int]]) -> bool:
    if row[0][-1] == "*":
        begins = [
            place for text, at in places.items() if text.startswith(row[0][:-1]) for place in at[:MAX_TRIES]
        ]
    else:
        if any(word[-1] not in "*." and word not in places for word in row):
            return False
        begins = places.get(row[0], [])
    return any(_matches(row, words, begin) for begin in begins[:MAX_TRIES])


def _matches(row: tuple[str, ...], words: Words, begin: int) -> bool:
    place, reach = begin, 0
    for word in row:
        if word == GAP:
            reach = WIDEST_GAP
            continue
        found = _next(word, words, place, reach, words.sentences[begin])
        if found is None:
            return False
        place, reach = found + 1, 0
    return True


def _next(word: str, words: Words, place: int, reach: int, sentence: int) -> int | None:
    for at in range(place, min(place + reach + 1, len(words.texts))):
        text = words.texts[at]
        if words.sentences[at] != sentence:
            return None
        if text == word or (word[-1] == "*" and text.startswith(word[:-1])):
            return at
    return None
