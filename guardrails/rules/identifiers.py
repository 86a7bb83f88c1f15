"""Numbers and addresses in a reply must come from the facts of its turn."""

from __future__ import annotations

import re
from collections.abc import Callable

from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "identifiers"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
NUMBER = re.compile(r"(?<![\d.,])\d(?:[.,\u00a0\u202f'’]?\d){3,}")
DATE = re.compile(r"\b(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2})\b")
SEPARATORS = re.compile(r"[ .,\u00a0\u202f'’/()+-]")


def check(reply: str, citations: tuple[str, ...], evidence: Evidence) -> Verdict:
    """Block a reply with an e-mail address or a number of four digits or more that no fact holds."""
    for address in EMAIL.findall(reply):
        if not _known(address.lower(), evidence, str.lower):
            return block(NAME, "The reply names an e-mail address that is in none of the given facts.")
    for number in NUMBER.findall(DATE.sub(" ", reply)):
        if not evidence.holds(number) and not _known(SEPARATORS.sub("", number), evidence, _bare):
            return block(NAME, f"The number {number} is in none of the given facts.")
    return ALLOWED


def _known(token: str, evidence: Evidence, simplify: Callable[[str], str]) -> bool:
    return any(token in simplify(text) for text in (*evidence.texts, evidence.thread))


def _bare(text: str) -> str:
    return SEPARATORS.sub("", text)
