"""What comes in passes all inbound rules before the model sees it: instructions, nuisance, human matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from guardrails.injection.clear_text import flat
from guardrails.injection.weighing import Scan, scan
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import HumanPhrase, Screening, Topic
from guardrails.verdict import ALLOWED, Judgement, Verdict, flag, hold
from guardrails.word_tables import listed, read_table

Source = Literal["chat", "mail", "voice", "quote", "file_name", "tool_result", "knowledge"]


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundText:
    """A text before the model sees it; a quote stands in a mail and may be somebody else's words.

    `trust` is 0 to 3; `recent` are the customer's messages in the last 10 minutes, this one included;
    `repeats` is how often the same text came in the last hour.
    """

    text: str
    source: Source
    trust: int = 0
    recent: int = 1
    repeats: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class ScannedText:
    """An incoming text and its scan, made once for all rules."""

    incoming: InboundText
    scan: Scan


ABUSE = "abuse"

REPEATED = 3
SPOKEN = ("chat", "mail", "voice")
_ABUSE = read_table("guardrails.injection", "abuse.toml")


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


TOPICS = "topics"


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


OPEN = "prompt_injection"


def check_open(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag instructions for the model; hold strong ones in a mail, which nobody waits for at a screen."""
    found = scanned.scan.open
    if not found.suspect:
        return ALLOWED
    reason = f"The text reads like instructions for the model ({', '.join(found.kinds)})."
    if found.strong and scanned.incoming.source == "mail":
        return hold(OPEN, reason)
    return flag(OPEN, reason)


HIDDEN = "hidden_text"

BACKWARDS = ("\u202e", "\u202d")
"""Overrides of the direction of writing: they make a file's name end in what it is not."""


def check_hidden(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag hidden instructions, in a mail hold them; flag a file's name that is written to deceive."""
    found = scanned.scan.hidden
    if found.suspect:
        reason = f"Hidden text in it reads like instructions for the model ({', '.join(found.kinds)})."
        return (hold if scanned.incoming.source == "mail" else flag)(HIDDEN, reason)
    if scanned.incoming.source == "file_name" and any(mark in scanned.incoming.text for mark in BACKWARDS):
        return flag(HIDDEN, "The file's name changes the direction of writing, which hides its real ending.")
    return ALLOWED


ENCODED = "encoded_instructions"


def check_encoded(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag encoded instructions; in a mail hold them: encoding them is itself a sign of intent."""
    found = scanned.scan.encoded
    if not found.suspect:
        return ALLOWED
    reason = f"Encoded text in it reads like instructions for the model ({', '.join(found.kinds)})."
    return (hold if scanned.incoming.source == "mail" else flag)(ENCODED, reason)


InboundRule = Callable[[ScannedText, Screening], Verdict]

INBOUND_RULES: Mapping[str, InboundRule] = {
    FLOODING: check_flood,
    PHRASES: check_phrases,
    TOPICS: check_topics,
    ABUSE: check_abuse,
    HIDDEN: check_hidden,
    ENCODED: check_encoded,
    OPEN: check_open,
}


def screen(
    incoming: InboundText, screening: Screening, rules: Mapping[str, InboundRule] = INBOUND_RULES
) -> tuple[Verdict, ...]:
    """Return every verdict but ALLOW, in the order of the rules; linear in the text, never raises."""
    scanned = ScannedText(incoming=incoming, scan=scan(incoming.text))
    verdicts = (rule(scanned, screening) for rule in rules.values())
    return tuple(verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW)
