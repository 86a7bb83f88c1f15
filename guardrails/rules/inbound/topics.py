"""Matters that the policy never leaves to the bot."""

from __future__ import annotations

from functools import lru_cache

from guardrails.incoming import Reading
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import Screening, Topic
from guardrails.verdict import ALLOWED, Verdict, hold

NAME = "topics"
DESCRIPTION = "Holds a message about a matter that the policy never leaves to the bot."
SPOKEN = ("chat", "mail", "voice")


def check(reading: Reading, screening: Screening) -> Verdict:
    """Hold a customer's message about such a topic, with the policy's reason."""
    if reading.incoming.source not in SPOKEN or not screening.topics:
        return ALLOWED
    found = _book(screening.topics).first(reading.scan.words)
    if found is None:
        return ALLOWED
    return hold(NAME, next(topic.reason for topic in screening.topics if topic.name == found))


@lru_cache(maxsize=16)
def _book(topics: tuple[Topic, ...]) -> PhraseBook:
    return phrase_book({topic.name: topic.phrases for topic in topics})
