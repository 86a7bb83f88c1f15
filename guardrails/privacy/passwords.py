"""Passwords that somebody tells us."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.privacy.kinds import Kind, Span

TOLD = re.compile(
    r"\b(?:password|passwort|kennwort|passcode|passphrase|passwd|pin)\b(?P<link>\s{0,3}[:=]\s{0,3}"
    r"|\s{1,3}(?:is|ist|lautet|was|war)\s{1,3}[:\"'„“]?)"
    r"(?P<secret>[^\s\"'“”„]{3,100})",
    re.IGNORECASE,
)
TELLING = re.compile(r"\d|[^\w\s.,!?;:…-]|[a-z][A-Z]")
"""A digit, a sign or a capital in the middle: what a word of a sentence does not have."""
PUNCTUATION = ".,!?;:)…"


def find_passwords(text: str) -> Iterator[Span]:
    """Yield the passwords in `text`: 'my password is wrong' holds none."""
    for match in TOLD.finditer(text):
        secret = match["secret"].rstrip(PUNCTUATION)
        if len(secret) > 2 and TELLING.search(secret):
            start = match.start("secret")
            yield Span(kind=Kind.PASSWORD, start=start, end=start + len(secret))
