"""Find private data of all kinds in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from guardrails.privacy.cards import find_cards
from guardrails.privacy.codes import find_codes
from guardrails.privacy.ibans import find_ibans
from guardrails.privacy.kinds import Kind, Span
from guardrails.privacy.national_ids import find_national_ids
from guardrails.privacy.passwords import find_passwords

FINDERS: Mapping[Kind, Callable[[str], Iterable[Span]]] = {
    Kind.CARD: find_cards,
    Kind.IBAN: find_ibans,
    Kind.NATIONAL_ID: find_national_ids,
    Kind.PASSWORD: find_passwords,
    Kind.CODE: find_codes,
}
WORTH_A_LOOK = re.compile(r"\d[ -]?\d|passw|passc|passp|kennw|\bpin\b", re.IGNORECASE)


def find(text: str, kinds: Iterable[Kind] = FINDERS) -> list[Span]:
    """Return the private data in `text`, in order; of two that overlap the longer one."""
    if not WORTH_A_LOOK.search(text):
        return []
    found = [span for kind in kinds if kind in FINDERS for span in FINDERS[kind](text)]
    kept: list[Span] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def replaced(text: str, spans: Iterable[Span], stand_in: Callable[[Kind, str], str]) -> str:
    """Return `text` with each piece replaced by what `stand_in` says for its kind and value."""
    parts: list[str] = []
    place = 0
    for span in spans:
        parts += [text[place : span.start], stand_in(span.kind, text[span.start : span.end])]
        place = span.end
    return "".join([*parts, text[place:]])
