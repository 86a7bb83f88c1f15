"""National identity, tax and social security numbers, by their own check digits (python-stdnum).

A number of digits alone passes for one only beside a word that says so: one in eleven order numbers would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum.ch import ssn as swiss
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn as american

from guardrails.privacy.kinds import Kind, Span

Check = Callable[[str], bool]

TELLING: tuple[tuple[re.Pattern[str], Check], ...] = (
    (re.compile(r"\b756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\b"), swiss.is_valid),
    (re.compile(r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b", re.IGNORECASE), codicefiscale.is_valid),
    (re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"), bool),  # a NINO has no check digit
    (re.compile(r"\b\d{8}-?[A-Z]\b", re.IGNORECASE), dni.is_valid),
    (re.compile(r"\b[XYZ]-?\d{7}-?[A-Z]\b", re.IGNORECASE), nie.is_valid),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), american.is_valid),
    (re.compile(r"\b[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b"), nir.is_valid),
)
"""Written so that hardly anything else looks like them."""

DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){7,10}(?!\w)")
CHECKS: tuple[Check, ...] = (idnr.is_valid, bsn.is_valid, pesel.is_valid, american.is_valid)
NAMED = re.compile(
    r"(?:steuer-?\s?(?:id|ident|nummer|identifikationsnummer)|sozialversicherung|social security|\bssn\b"
    r"|tax id|national (?:id|insurance)|personalausweis|\bbsn\b|burgerservice|pesel"
    r"|identity (?:card|number)|id card)"
    r"[^\d\n]{0,40}$",
    re.IGNORECASE,
)


def find_national_ids(text: str) -> Iterator[Span]:
    """Yield the identity numbers in `text`."""
    for pattern, valid in TELLING:
        for match in pattern.finditer(text):
            if valid(match[0]):
                yield Span(kind=Kind.NATIONAL_ID, start=match.start(), end=match.end())
    for match in DIGITS.finditer(text):
        named = NAMED.search(text, max(0, match.start() - 90), match.start())
        if named and any(valid(match[0]) for valid in CHECKS):
            yield Span(kind=Kind.NATIONAL_ID, start=match.start(), end=match.end())
