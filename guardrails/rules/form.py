"""A reply fits its channel, cites what is there, is readable, and is in the customer's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

LENGTH = "length"

_LONGEST: Mapping[str, int] = MappingProxyType({"chat": 4_000, "mail": 20_000, "voice": 600})
"""Characters by channel; any other channel is held to that of a chat."""


def check_length(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply that is too long for its channel; a piece says nothing of the length."""
    most = _LONGEST.get(draft.channel, _LONGEST["chat"])
    if not draft.whole or len(draft.text) <= most:
        return ALLOWED
    return block(
        LENGTH, f"The reply has {len(draft.text)} characters; at most {most} fit here. Write a shorter one."
    )


CITATIONS = "citations"


def check_citations(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a citation that is no passage or result of this turn; a piece has none yet."""
    unknown = [citation for citation in draft.citations if citation not in evidence.citable]
    if not draft.whole or not unknown:
        return ALLOWED
    return block(
        CITATIONS,
        f"Cited ids that were not retrieved in this turn: {', '.join(unknown)[:200]}. Cite only given ids.",
    )


DISGUISES = "disguises"

_LETTERS = re.compile(r"(?<!\w)[^\W\d_](?:[\W_]{1,3}[^\W\d_](?!\w)){5,}")
_MORSE = re.compile(r"(?<![\w.-])[.-]{1,5}(?:[ /]{1,3}[.-]{1,5}){5,}(?![\w.-])")
_TAG = re.compile("[\U000e0020-\U000e007f]")
_FLAG = 6
"""Tag characters in the longest flag (Unicode Technical Standard 51)."""
# The alphabet of ICAO, Annex 10, in both spellings.
_ALPHABET_WORDS = """
    alfa alpha bravo charlie delta echo foxtrot golf hotel india juliet juliett kilo lima mike november
    oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu
"""
_ALPHABET = frozenset(_ALPHABET_WORDS.split())
_SPELLED = 5
_LETTERS_ONLY = re.compile(r"[^\W\d_]+")


def check_disguises(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that spells words out, or that holds what nobody sees."""
    if len(_TAG.findall(draft.text)) > _FLAG:
        return block(DISGUISES, "The reply holds invisible letters. Write plain text.")
    if _LETTERS.search(draft.visible) or _morse(draft.visible):
        return block(DISGUISES, "The reply spells words out letter by letter. Write plain words.")
    words = _LETTERS_ONLY.findall(draft.visible.lower().replace("x-ray", "xray"))
    if not _ALPHABET.isdisjoint(words) and _in_a_row(words):
        return block(DISGUISES, "The reply spells words out by code words. Write plain words.")
    return ALLOWED


def _morse(text: str) -> bool:
    return any("." in found[0] and "-" in found[0] for found in _MORSE.finditer(text))


def _in_a_row(words: list[str]) -> bool:
    run = 0
    for word in words:
        run = run + 1 if word in _ALPHABET else 0
        if run >= _SPELLED:
            return True
    return False


LANGUAGE = "language"

LOOKED_AT = 4_000  # characters of each text

GERMAN = re.compile(
    r"\b(?:ich|ist|sind|meine?[nmr]?|ihre?[nmr]?|und|nicht|wo|wann|bitte|eine?[nmr]?|der|die|das|den|dem"
    r"|mit|für|von|auf|haben"
    r"|habe|wird|wurde|sie|wir|zu|sich|auch|noch|kann|können|danke|hallo|guten|wie|es|dass"
    r"|bei|oder)\b"
)
ENGLISH = re.compile(
    r"\b(?:i|is|are|my|your|and|not|where|when|please|the|with|for|of|on|have|has|been|was|it|we|you|to"
    r"|that|this|can"
    r"|will|would|thanks|hello|how|at|but|or|from|if|our)\b"
)
_WISH = re.compile(r"\b(?:english|englisch\w*|german|deutsch\w*|auf deutsch|translat\w*|übersetz\w*)\b")
# Small words of French, Spanish, Italian, Portuguese, Dutch and Polish that are no English or German ones.
FOREIGN = re.compile(
    r"\b(?:nous|vous|votre|vos|est|sont|avec|dans|pour|une|les|des|du|usted|su|sus|los|las|el|lo|para|por|con|una"
    r"|mañana|le|il|che|non|della|è|sono|per|você|não|uma|seu|sua|het|een|niet|uw|wij|van|nie|jest|się|pana|na)\b"
)
_LANGUAGE_NAMES = {"de": "German", "en": "English"}


def check_language(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply in the other language, any sentence in a third one; quotations don't count."""
    wanted = _wanted(draft, evidence)
    if wanted is None:
        return ALLOWED
    foreign = [each for each in draft.sentences if _foreign(each.lower)]
    if foreign and not all(evidence.quotes(each.text) for each in foreign):
        return block(
            LANGUAGE, f"The customer writes {_LANGUAGE_NAMES[wanted]}. Answer in {_LANGUAGE_NAMES[wanted]}."
        )
    if not draft.whole:
        return ALLOWED
    if clear_language(draft.plain[:LOOKED_AT].lower(), least=6) in (None, wanted):
        return ALLOWED
    own = " ".join(each.lower for each in draft.sentences if not evidence.quotes(each.text))[:LOOKED_AT]
    given = clear_language(own, least=6)
    if given in (None, wanted):
        return ALLOWED
    return block(
        LANGUAGE,
        f"The customer writes {_LANGUAGE_NAMES[wanted]}, the reply is {_LANGUAGE_NAMES[given or '']}."
        f" Answer in {_LANGUAGE_NAMES[wanted]}.",
    )


def _wanted(draft: Draft, evidence: Evidence) -> str | None:
    """Return the language to answer in, where the customer's words leave no doubt."""
    wanted = evidence.keep("asked in", partial(_asked_in, evidence.own_words))
    return wanted if wanted and draft.language.lower().startswith(wanted) else None


def _asked_in(own_words: tuple[str, ...]) -> str | None:
    asked = " ".join(own_words)[:LOOKED_AT].lower()
    return None if _WISH.search(asked) else clear_language(asked, least=3)


def _foreign(sentence: str) -> bool:
    """Say whether a sentence is in a language whose claims the other rules can't read."""
    words = FOREIGN.findall(sentence)
    return len(words) > 1 and len(words) > len(GERMAN.findall(sentence)) + len(ENGLISH.findall(sentence))


def clear_language(text: str, *, least: int) -> str | None:
    """Return `de` or `en` where a text has at least that many small words, four times the other's."""
    german, english = len(GERMAN.findall(text)), len(ENGLISH.findall(text))
    if german >= least and german >= 4 * english:
        return "de"
    return "en" if english >= least and english >= 4 * german else None
