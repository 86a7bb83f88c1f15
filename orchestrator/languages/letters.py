"""Customers' text made comparable: folded letters, words, and words with one typing error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST_TEXT = 4_000  # characters of a customer's text that are looked at
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'", "‘": "'", "`": "'"})
_WORD = re.compile(r"[a-z0-9]+")
_SHORTEST_KEYWORD = 5


def fold(text: str) -> str:
    """Lower-case ASCII with `ae` for `ä`; apostrophes vanish ("what's" becomes "whats")."""
    lowered = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower().translate(_LETTERS).replace("'", "")
    return unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()


def words(folded: str) -> list[str]:
    """The words and numbers of a folded text."""
    return _WORD.findall(folded)


def mend(folded: str, keys: Sequence[str], right: frozenset[str]) -> str:
    """Replace words that are one typing error away from a keyword; those in `right` are what they seem."""
    return _WORD.sub(lambda found: _mended(found[0], tuple(keys), right), folded) if keys else folded


def _mended(word: str, keys: tuple[str, ...], right: frozenset[str]) -> str:
    if len(word) < _SHORTEST_KEYWORD - 1 or word in right or word.isdigit() or word.startswith(keys):
        return word
    near = (key for key in keys if len(key) >= _SHORTEST_KEYWORD and key[0] == word[0])
    return next((key for key in near if one_error(word, key)), word)


def one_error(word: str, key: str) -> bool:
    """Tell whether one inserted, missing, wrong or swapped letter separates the two words.

    A plural or conjugated form (one letter added at the end) is no error.
    """
    if abs(len(word) - len(key)) > 1 or word.startswith(key) or key.startswith(word):
        return False
    start = next(at for at, (a, b) in enumerate(zip(word, key, strict=False)) if a != b)
    left, right = word[start:], key[start:]
    if len(left) == len(right):
        return left[1:] == right[1:] or (left[:2] == right[1::-1] and left[2:] == right[2:])
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    return longer[1:] == shorter
