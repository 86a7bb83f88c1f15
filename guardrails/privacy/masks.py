"""What private data looks like where it must not be kept or shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from guardrails.privacy.find import find, replaced
from guardrails.privacy.kinds import Kind

NEVER_KEPT = (Kind.CARD, Kind.PASSWORD)
"""Nobody here needs them, so they are gone before a message is stored."""
NAMES = {Kind.CARD: "card", Kind.IBAN: "IBAN", Kind.NATIONAL_ID: "ID number"}
EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?=[\w-]{1,63}\.)")
LONG_NUMBER = re.compile(r"(?<![\w.:-])\+?\d(?:[ /()-]{0,2}\d){8,18}(?![\w-])")
DEEPEST = 6


def mask(kind: Kind, value: str) -> str:
    """Return what stands for a piece of private data where people read: its kind, at most its last digits."""
    if kind in NAMES:
        digits = "".join(character for character in value if character.isalnum())
        return f"[{NAMES[kind]} ending {digits[-4:]}]"
    return "[password removed]" if kind is Kind.PASSWORD else "[code]"


def mask_for_storage(text: str) -> str:
    """Return a customer's text without what nobody should keep: card numbers and passwords."""
    return replaced(text, find(text, NEVER_KEPT), mask)


def mask_for_logs(value: Any, depth: int = 0) -> Any:
    """Return a value for a log: private data, addresses and long numbers are masked."""
    match value:
        case str():
            return _masked(value)
        case Mapping() if depth < DEEPEST:
            return {key: mask_for_logs(item, depth + 1) for key, item in value.items()}
        case list() | tuple() if depth < DEEPEST:
            return [mask_for_logs(item, depth + 1) for item in value]
    return value


def _masked(text: str) -> str:
    if len(text) > 10_000:
        text = f"{text[:10_000]}…"
    text = replaced(text, find(text), mask)
    text = EMAIL.sub(lambda match: f"{match[0][0]}***@", text)
    return LONG_NUMBER.sub("[number]", text)
