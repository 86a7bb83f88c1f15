"""A reply must not repeat the instructions or the canary hidden in them."""

from __future__ import annotations

import re
from functools import lru_cache

from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "prompt_leak"
RUN = 9
"""Words in a row that count as a repetition."""


def check(reply: str, citations: tuple[str, ...], evidence: Evidence) -> Verdict:
    """Block a reply that holds a secret, or nine words in a row of one."""
    words = _words(reply)
    runs = {" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}
    for secret in evidence.secrets:
        if " " not in secret and secret in reply:
            return block(NAME, "The reply holds something internal.")
        if runs and _repeats(runs, secret):
            return block(NAME, "The reply repeats the instructions.")
    return ALLOWED


def _repeats(runs: set[str], secret: str) -> bool:
    text = _flat(secret)
    return any(run in text for run in runs)


@lru_cache(maxsize=64)
def _flat(secret: str) -> str:
    return " ".join(_words(secret))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
