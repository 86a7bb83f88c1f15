"""What nobody has to answer: abuse, and more messages than a person writes."""

from __future__ import annotations

from functools import lru_cache

from guardrails.inbound_text import ScannedText
from guardrails.injection.clear_text import flat
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold
from guardrails.word_tables import listed, read_table

ABUSE = "abuse"

REPEATED = 3
SPOKEN = ("chat", "mail", "voice")
_ABUSE = read_table("guardrails.rules.inbound", "abuse.toml")


def check_abuse(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag one or two insults; hold three, an insult that is repeated, or a threat of violence."""
    if scanned.incoming.source not in SPOKEN:
        return ALLOWED
    words = scanned.scan.words
    if _threats().first(words):
        return hold(ABUSE, "high: the message threatens violence.")
    insults = sum(word in _insults() for word in words.texts)
    if not insults:
        return ALLOWED
    if insults >= REPEATED or scanned.incoming.repeats > 1:
        return hold(ABUSE, "The message insults repeatedly.")
    return flag(ABUSE, "The message holds an insult.")


@lru_cache(maxsize=1)
def _insults() -> frozenset[str]:
    return frozenset(map(flat, _ABUSE["insults"].split()))


@lru_cache(maxsize=1)
def _threats() -> PhraseBook:
    return phrase_book({"threat": listed(_ABUSE["threats"])})


FLOODING = "flooding"
SHORT = 16
"""Characters; whoever says yes seven times in an hour floods nobody."""


def check_flood(scanned: ScannedText, screening: Screening) -> Verdict:
    """Hold a message beyond the policy's limits, before a model request is spent on it."""
    incoming = scanned.incoming
    if incoming.recent > screening.flood_messages:
        return hold(FLOODING, f"More than {screening.flood_messages} messages in 10 minutes.")
    if incoming.repeats > screening.flood_repeats and len(incoming.text.strip()) > SHORT:
        return hold(FLOODING, f"The same text more than {screening.flood_repeats} times in an hour.")
    return ALLOWED
