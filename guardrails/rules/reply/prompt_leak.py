"""A reply must not repeat the instructions or the canary hidden in them."""

from __future__ import annotations

import re
from functools import lru_cache

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.reading.numbers import code
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "prompt_leak"
DESCRIPTION = "No secret, forwards, backwards or spaced out, and no nine words in a row of the instructions."
STAGE = "reply"
RUN = 9
"""Words in a row that count as a repetition."""


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that holds a secret, or nine words in a row of one."""
    letters = code(draft.plain)
    runs = _runs(draft.plain)
    for secret in evidence.secrets:
        if " " not in secret and (bare := code(secret)) and (bare in letters or bare[::-1] in letters):
            return block(
                NAME, "The reply holds something internal. Leave out the reference of the conversation."
            )
        if not runs.isdisjoint(_runs_of(secret)):
            return block(NAME, "The reply repeats the instructions. Say it without them.")
    return ALLOWED


@lru_cache(maxsize=64)
def _runs_of(secret: str) -> frozenset[str]:
    return _runs(secret)


def _runs(text: str) -> frozenset[str]:
    words = re.findall(r"\w+", text.lower())
    return frozenset(" ".join(words[at : at + RUN]) for at in range(len(words) - RUN + 1))
