"""The kinds of private data, and where one stands in a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a piece of private data is."""

    CARD = "card"
    IBAN = "iban"
    NATIONAL_ID = "national_id"
    PASSWORD = "password"
    CODE = "code"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A piece of private data at `text[start:end]`."""

    kind: Kind
    start: int
    end: int
