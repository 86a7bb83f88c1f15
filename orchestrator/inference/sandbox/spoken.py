"""Answers for the ear: a caller can't read again, so only the beginning of a long answer is spoken."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.inference.sandbox.part import Part
from orchestrator.languages.sentence_end import sentence_end

SENTENCES = 3


def for_the_ear(part: Part) -> Part:
    """Return a part without an interim remark, and with at most three sentences before its question."""
    return replace(part, reply="" if part.actions else shortened(part.reply))


def shortened(text: str) -> str:
    """Return the first three sentences of a text."""
    end = 0
    for _ in range(SENTENCES):
        found = sentence_end(text, end)
        if found is None:
            return text
        end = found
    return text[:end].rstrip()
