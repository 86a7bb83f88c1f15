"""Payment cards: a known issuer's prefix, its length, and the check digit of Luhn (ISO/IEC 7812-1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn

from guardrails.privacy.kinds import Kind, Span

GROUPED = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w]|[.,]\d)")
ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})$|5[1-5]\d{14}$|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$"
    r"|3[47]\d{13}$|6(?:011|4[4-9]\d|5\d\d)\d{12}$|3(?:0[0-5]|[689]\d)\d{11}$|35(?:2[89]|[3-8]\d)\d{12}$"
)
"""Visa, Mastercard, American Express, Discover, Diners Club, JCB."""
OTHER_NUMBER = re.compile(
    r"(?:track|sendung|shipment|parcel|paket|order|bestell)[^\d\n]{0,20}$", re.IGNORECASE
)
"""Words before a number that is no card's, whatever its digits say."""


def find_cards(text: str) -> Iterator[Span]:
    """Yield the card numbers in `text`, written together or in groups."""
    for match in GROUPED.finditer(text):
        digits = "".join(character for character in match[0] if character.isdigit())
        named = OTHER_NUMBER.search(text, max(0, match.start() - 32), match.start())
        if ISSUER.match(digits) and luhn.is_valid(digits) and not named:
            yield Span(kind=Kind.CARD, start=match.start(), end=match.end())
