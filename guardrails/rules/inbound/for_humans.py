"""Matters and phrases that mean a human: what the policy says, a legal threat, self-harm, the press."""

from __future__ import annotations

from functools import lru_cache

from guardrails.inbound_text import ScannedText
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import HumanPhrase, Screening, Topic
from guardrails.verdict import ALLOWED, Verdict, hold

TOPICS = "topics"

SPOKEN = ("chat", "mail", "voice")


def check_topics(scanned: ScannedText, screening: Screening) -> Verdict:
    """Hold a customer's message about such a topic, with the policy's reason."""
    if scanned.incoming.source not in SPOKEN or not screening.topics:
        return ALLOWED
    found = _book_of_topics(screening.topics).first(scanned.scan.words)
    if found is None:
        return ALLOWED
    return hold(TOPICS, next(topic.reason for topic in screening.topics if topic.name == found))


@lru_cache(maxsize=16)
def _book_of_topics(topics: tuple[Topic, ...]) -> PhraseBook:
    return phrase_book({topic.name: topic.phrases for topic in topics})


PHRASES = "human_phrases"

URGENCY = ("urgent", "high", "normal", "low")


def check_phrases(scanned: ScannedText, screening: Screening) -> Verdict:
    """Hold a customer's message with such a phrase; the most urgent one counts and begins the reason."""
    if scanned.incoming.source not in SPOKEN:
        return ALLOWED
    found = _book_of_phrases(screening.human_phrases).first(scanned.scan.words)
    return hold(PHRASES, f"{found}: a human answers this.") if found else ALLOWED


@lru_cache(maxsize=16)
def _book_of_phrases(phrases: tuple[HumanPhrase, ...]) -> PhraseBook:
    ordered = sorted(phrases, key=lambda each: URGENCY.index(each.priority))
    return phrase_book({f"{each.priority}: {each.name}": each.phrases for each in ordered})
