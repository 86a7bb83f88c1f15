"""Customers' text made comparable: folded letters, and words."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 4_000  # characters of a customer's text that are looked at
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'", "‘": "'", "`": "'"})
_WORD = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """Lower-case ASCII with `ae` for `ä`; apostrophes vanish ("what's" becomes "whats")."""
    lowered = unicodedata.normalize("NFKC", text[:LONGEST_TEXT]).lower().translate(_LETTERS).replace("'", "")
    return unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()


def words(folded: str) -> list[str]:
    """The words and numbers of a folded text."""
    return _WORD.findall(folded)
