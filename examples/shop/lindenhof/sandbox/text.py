"""Customer text made comparable: folded letters, mended typing errors, single statements."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.languages.letters import LONGEST_TEXT, fold, words

LONGEST_CLAUSE = 800  # characters of one statement: its patterns take more than linear time
MOST_CLAUSES = 12
_SHORTEST_KEYWORD = 5
_WORD = re.compile(r"[a-z0-9]+")

# A full stop ends a statement only after a longer word or number: "no. 1042" and "24. November" go on.
_END = re.compile(r"[?!;\n]+\s*|(?<=[a-z]{4})\.+(?:\s+|$)|(?<=\d{3})\.+(?:\s+|$)", re.IGNORECASE)
# Words worth mending when one letter is wrong, missing, doubled or swapped.
_KEYWORDS = """
    address adresse arrive arrived bestellnummer bestellt bestellung broken callback cancel colleague
    complaint customs damaged defekt delivery deliver delivered email erstattung geld geliefert gutschein
    human invoice kaputt lieferung liefertermin lieferadresse missing mitarbeiter money number nummer
    order ordered orders package paket parcel payment phone policy rechnung refund return returns
    rueckgabe rueckruf ruecksendung sendung sendungsverfolgung shipped shipping status stornieren ticket
    tomorrow track tracking umtauschen versand versandkosten verschickt voucher warranty zahlung
"""
_KEYS = tuple(_KEYWORDS.split())
# Real words that differ from a keyword by one letter.
_RIGHT = frozenset("oder older olden border gelb held gold phones shopping humane cancer track trick".split())  # noqa: SIM905


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """One statement of a customer's message: as written, and folded with its typing errors mended."""

    text: str
    folded: str

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Tell whether the folded text contains the pattern."""
        return pattern.search(self.folded) is not None


def clause(text: str) -> Clause:
    """Make one clause of the whole text."""
    return Clause(text=text.strip(), folded=mended(fold(text[:LONGEST_CLAUSE])).strip())


def clauses(text: str) -> list[Clause]:
    """Cut a message into its statements, at most 12."""
    parts = [part.strip() for part in _END.split(text[:LONGEST_TEXT]) if part and words(fold(part))]
    return [clause(part) for part in parts[:MOST_CLAUSES]]


def mended(folded: str) -> str:
    """Mend what is one typing error away from a keyword: "bestelung", "ordre"."""
    return _WORD.sub(lambda found: _mended(found[0]), folded)


def _mended(word: str) -> str:
    if len(word) < _SHORTEST_KEYWORD - 1 or word in _RIGHT or word.isdigit() or word.startswith(_KEYS):
        return word
    near = (key for key in _KEYS if len(key) >= _SHORTEST_KEYWORD and key[0] == word[0])
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
