"""Marks untrusted text as data, and takes instructions for the model out of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guardrails.injection.clear_text import INVISIBLE
from guardrails.injection.weighing import Scan, scan
from guardrails.verdict import Verdict, redact

REMOVED = "[removed: instructions found in data]"
RULE = "instructions_in_data"
MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_CHARACTERS = 400_000
MAX_SENTENCES = 200
"""Sentences of one text that are looked at one by one; a suspect text with more goes as a whole."""
FENCE = re.compile(
    r"<{2,}[ /]{0,3}(?:end[ -]?(?:of[ -])?)?(?:untrusted|data)[^>\n]{0,80}>{2,}", re.IGNORECASE
)
SENTENCE = re.compile(r"(?<=[.!?])(?=\s)|(?<=\n)")


def fence(text: str, nonce: str) -> str:
    """Return the text between marks that its author could not know; marks it imitates are taken out.

    `nonce` is unguessable and of this turn, at least 8 characters; raises ValueError for a shorter one.
    """
    if len(nonce) < 8:
        raise ValueError("a fence needs a nonce of at least 8 characters")
    inner = FENCE.sub("[mark removed]", INVISIBLE.sub("", text).replace(nonce, "[mark removed]"))
    return f"<<<untrusted {nonce}>>>\n{inner}\n<<<end of untrusted {nonce}>>>"


def without_instructions(value: Any) -> tuple[Any, tuple[Verdict, ...]]:
    """Return a JSON value without sentences that give instructions to the model, and what was found.

    A value with none comes back equal; what lies deeper than 32 levels or beyond 400,000 characters is
    removed. Linear in the value's size.
    """
    walk = _Walk()
    cleaned = walk.value(value, 0)
    return cleaned, tuple(walk.verdicts[:1])


@dataclass(kw_only=True, slots=True)
class _Walk:
    verdicts: list[Verdict] = field(default_factory=list)
    values: int = 0
    characters: int = 0

    def value(self, value: Any, depth: int) -> Any:
        self.values += 1
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, (Mapping, list, tuple)):
            return value
        if depth >= MAX_DEPTH or self.values > MAX_VALUES:
            return self.removed("The value is nested too deep or too large to be looked at.")
        if isinstance(value, Mapping):
            return {self.value(key, depth + 1): self.value(each, depth + 1) for key, each in value.items()}
        return [self.value(each, depth + 1) for each in value]

    def text(self, text: str) -> str:
        self.characters += len(text)
        if self.characters > MAX_CHARACTERS:
            return self.removed("The value is too large to be looked at.")
        found = None if len(text) <= SHORTEST or ONE_WORD.fullmatch(text) else scan(text)
        if found is None or not found.suspect:
            return text
        cleaned = REMOVED if found.hidden.suspect else _without(text)
        return self.removed(_reason(found), cleaned)

    def removed(self, reason: str, text: str = REMOVED) -> str:
        self.verdicts.append(redact(RULE, reason, text))
        return text


SHORTEST = 8
"""Characters; nothing shorter gives an instruction."""
ONE_WORD = re.compile(r"[A-Za-z0-9_.:+-]{1,20}")
"""Nor does one short word, such as a key, a date or an amount: most of what tools bring."""


def _reason(found: Scan) -> str:
    worst = max((found.open, found.hidden, found.encoded), key=lambda each: each.score)
    return f"Data reads like instructions for the model ({', '.join(worst.kinds)})."


def _without(text: str) -> str:
    """Replace the sentences that are suspect; all of the text when no sentence alone is."""
    sentences = SENTENCE.split(text)
    if len(sentences) > MAX_SENTENCES:
        return REMOVED
    kept = [REMOVED if scan(each).suspect else each for each in sentences]
    if REMOVED not in kept or scan(cleaned := _joined(kept)).suspect:
        return REMOVED
    return cleaned


def _joined(kept: list[str]) -> str:
    """Join sentences, with one mark for several removed in a row."""
    result: list[str] = []
    for each in kept:
        if each != REMOVED:
            result.append(each)
        elif not result or result[-1] != f" {REMOVED} ":
            result.append(f" {REMOVED} ")
    return "".join(result).strip()
