"""Numbers that are names: order ids, codes, phone and tracking numbers, spoken sign by sign."""

from __future__ import annotations

from collections.abc import Iterator

ONE_RUN = 5
"""So many signs are said without a pause."""


def one_by_one(signs: str) -> str:
    """Return letters and digits one by one, in groups with a pause: 482913 as "4 8 2, 9 1 3"."""
    return ", ".join(" ".join(group) for group in groups(signs))


def groups(signs: str) -> Iterator[str]:
    """Cut `signs` as one would dictate them: up to five at once, else threes or fours, never a lone one."""
    if len(signs) <= ONE_RUN:
        yield signs
        return
    size = 4 if len(signs) % 4 == 0 else 3
    at = 0
    while at < len(signs):
        rest = len(signs) - at
        step = 4 if rest == 4 else size
        yield signs[at : at + step]
        at += step


def dotted(word: str) -> str:
    """Return an acronym for English, where a lone A would be an article: VAT as "V.A.T."."""
    return "".join(f"{letter}." for letter in word)


def spaced(word: str) -> str:
    """Return an acronym letter by letter: AGB as "A G B"."""
    return " ".join(word)
