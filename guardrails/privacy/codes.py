"""One-time codes: four to eight digits beside a word that says what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.privacy.kinds import Kind, Span

TOLD = re.compile(
    r"\b(?:otp|m?tan|passcode|(?:(?:one[- ]time|verification|security|confirmation|sms|login"
    r"|access|my|mein|the)[- ])code"
    r"|(?:bestätigungs|einmal|sicherheits|verifizierungs|zugangs|sms-?)code)\b[^\d\n]{0,24}"
    r"(?P<code>\d(?:[ -]?\d){3,7})(?![\d-]|[.,]\d)",
    re.IGNORECASE,
)


def find_codes(text: str) -> Iterator[Span]:
    """Yield the one-time codes in `text`."""
    for match in TOLD.finditer(text):
        yield Span(kind=Kind.CODE, start=match.start("code"), end=match.end("code"))
