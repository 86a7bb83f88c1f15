"""Numbers and addresses in a reply must come from the facts of its turn."""

from __future__ import annotations

import re

from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "identifiers"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?<![\d.,])\d(?:[.,\u00a0\u202f'’]?\d){3,}")
DATE = re.compile(r"\b(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
SEPARATOR = r"[ .,\u00a0\u202f'’/()+-]?"
"""What may stand between two digits of the same number."""


def check(reply: str, citations: tuple[str, ...], evidence: Evidence) -> Verdict:
    """Block a reply with an e-mail address or a number of four digits or more that no fact holds."""
    facts = (*evidence.texts, evidence.thread)
    for address in EMAIL.findall(reply):
        if not any(address.lower() in text.lower() for text in facts):
            return block(NAME, "The reply names an e-mail address that is in none of the given facts.")
    for number in NUMBER.findall(DATE.sub(" ", reply)):
        if not any(map(_same(number).search, facts)):
            return block(NAME, f"The number {number} is in none of the given facts.")
    return ALLOWED


def _same(number: str) -> re.Pattern[str]:
    """Return what finds a number however it is grouped; other digits beside it make it another number."""
    digits = [character for character in number if character.isdigit()]
    return re.compile(rf"(?<!\d){SEPARATOR.join(digits)}(?!\d)")
