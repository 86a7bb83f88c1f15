"""Phrases that always mean a human: a legal threat, self-harm, danger, the press."""

from __future__ import annotations

from functools import lru_cache

from guardrails.incoming import Reading
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import HumanPhrase, Screening
from guardrails.verdict import ALLOWED, Verdict, hold

NAME = "human_phrases"
DESCRIPTION = "Holds a message with a phrase that the policy leaves to a human, with its priority."
SPOKEN = ("chat", "mail", "voice")
URGENCY = ("urgent", "high", "normal", "low")


def check(reading: Reading, screening: Screening) -> Verdict:
    """Hold a customer's message with such a phrase; the most urgent one counts and begins the reason."""
    if reading.incoming.source not in SPOKEN:
        return ALLOWED
    found = _book(screening.human_phrases).first(reading.scan.words)
    return hold(NAME, f"{found}: a human answers this.") if found else ALLOWED


@lru_cache(maxsize=16)
def _book(phrases: tuple[HumanPhrase, ...]) -> PhraseBook:
    ordered = sorted(phrases, key=lambda each: URGENCY.index(each.priority))
    return phrase_book({f"{each.priority}: {each.name}": each.phrases for each in ordered})
