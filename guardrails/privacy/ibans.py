"""Bank accounts: International Bank Account Numbers (ISO 13616), with their check digits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import iban

from guardrails.privacy.kinds import Kind, Span

WRITTEN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)


def find_ibans(text: str) -> Iterator[Span]:
    """Yield the IBANs in `text`, written together or in groups."""
    for match in WRITTEN.finditer(text):
        length = _length(match[0])
        if length is not None:
            yield Span(kind=Kind.IBAN, start=match.start(), end=match.start() + length)


def _length(written: str) -> int | None:
    """Return how many characters belong to the account: a word that follows in capitals does not."""
    ends = [place for place in range(len(written), 15, -1) if written[place - 1].isalnum()]
    # Only where a group ends can the number end.
    ends = [place for place in ends if place == len(written) or not written[place].isalnum()]
    for end in ends:
        if iban.is_valid(written[:end], check_country=False):
            return end
    return None
