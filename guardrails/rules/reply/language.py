"""A reply must be in the customer's language, where both are plain to see."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "language"
DESCRIPTION = "A German customer is not answered in English, nor an English one in German."
STAGE = "reply"
LOOKED_AT = 4_000  # characters of each text

GERMAN = re.compile(
    r"\b(?:ich|ist|sind|meine?[nmr]?|ihre?[nmr]?|und|nicht|wo|wann|bitte|eine?[nmr]?|der|die|das|den|dem"
    r"|mit|für|von|auf|haben"
    r"|habe|wird|wurde|sie|wir|zu|sich|auch|noch|kann|können|bestellung|danke|hallo|guten|wie|es|dass"
    r"|bei|oder)\b"
)
ENGLISH = re.compile(
    r"\b(?:i|is|are|my|your|and|not|where|when|please|the|with|for|of|on|have|has|been|was|it|we|you|to"
    r"|that|this|can"
    r"|will|would|order|thanks|hello|how|at|but|or|from|if|our)\b"
)
_WISH = re.compile(r"\b(?:english|englisch\w*|german|deutsch\w*|auf deutsch|translat\w*|übersetz\w*)\b")
_NAMES = {"de": "German", "en": "English"}


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply in the other language; quoted passages do not count."""
    asked = " ".join(evidence.own_words)[:LOOKED_AT].lower()
    if not draft.whole or _WISH.search(asked):
        return ALLOWED
    wanted = clear_language(asked, least=3)
    if wanted is None or not draft.language.lower().startswith(wanted):
        return ALLOWED
    if clear_language(draft.plain[:LOOKED_AT].lower(), least=6) in (None, wanted):
        return ALLOWED
    own = " ".join(each.lower for each in draft.sentences if not evidence.quotes(each.text))[:LOOKED_AT]
    given = clear_language(own, least=6)
    if given in (None, wanted):
        return ALLOWED
    return block(
        NAME,
        f"The customer writes {_NAMES[wanted]}, the reply is {_NAMES[given or '']}. Answer in "
        f"{_NAMES[wanted]}.",
    )


def clear_language(text: str, *, least: int) -> str | None:
    """Return `de` or `en` where a text has at least that many small words, four times the other's."""
    german, english = len(GERMAN.findall(text)), len(ENGLISH.findall(text))
    if german >= least and german >= 4 * english:
        return "de"
    return "en" if english >= least and english >= 4 * german else None
