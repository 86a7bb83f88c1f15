"""Splits a text into words, in one pass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:_[^\W_]+)*|@(?=[\w-])|[.!?;](?=[\s\"'])|\n[ \t>]*\n"
)
SHORTEST_SENTENCE = 3
"""Words; full stops after every word don't part what belongs together."""
LEET = str.maketrans("013457", "oieast")
LEET_L = str.maketrans("013457", "oleast")
GLUED = re.compile(
    r"(ignoriere|ignore|disregard|forget|previous|prior|instructions?|system|prompts?|rules|above|reveal|override"
    r"|bypass|verification|refund|order|approve|vergiss|vorherigen|bisherigen|anweisungen|regeln|assistant|customers?)"
)
GLUED_LENGTH = 14
MAX_NAME = 60  # characters
MAX_PARTS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of a text in lower case; for each, where it begins and the number of its sentence."""

    texts: Sequence[str]
    starts: Sequence[int]
    sentences: Sequence[int]


def split(text: str) -> Words:
    """Return the words of a text already unmasked."""
    texts: list[str] = []
    starts: list[int] = []
    sentences: list[int] = []
    sentence, since = 0, 0
    for found in WORD.finditer(text.lower()):
        token = found[0]
        if token[0] in ".!?;\n":
            sentence, since = sentence + (since >= SHORTEST_SENTENCE), 0
            continue
        if len(token) < GLUED_LENGTH and token.isalpha():
            texts.append(token)
            starts.append(found.start())
            sentences.append(sentence)
            since += 1
            continue
        for part in _parts(token):
            texts.append(part)
            starts.append(found.start())
            sentences.append(sentence)
            since += 1
    return Words(texts=texts, starts=starts, sentences=sentences)


def _parts(token: str) -> Sequence[str]:
    """Return a token's words: a name_like_this and its parts, what was run together, leet as letters."""
    if "_" in token:
        return (token[:MAX_NAME], *token.split("_", MAX_PARTS)[:MAX_PARTS])
    if len(token) >= GLUED_LENGTH and token.isalpha():
        pieces = [piece for piece in GLUED.split(token) if piece]
        return pieces if len(pieces) > 2 else (token,)
    if token.isdigit() or not token.isalnum():
        return (token,)
    return (token.translate(LEET_L if "1l" in token or token.startswith("a1") else LEET),)
