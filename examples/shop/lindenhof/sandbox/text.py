"""Customer text made comparable: folded letters, mended typing errors, single statements."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.languages.letters import LONGEST_TEXT, fold, mend, words

LONGEST_CLAUSE = 800  # characters of one statement: its patterns take more than linear time
MOST_CLAUSES = 12

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
    return mend(folded, _KEYS, _RIGHT)
