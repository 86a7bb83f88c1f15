"""A reply must be in the customer's language, where both are plain to see."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "language"

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
_NAMES = {"de": "German", "en": "English"}


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply in the other language, any sentence in a third one; quotations don't count."""
    wanted = _wanted(draft, evidence)
    if wanted is None:
        return ALLOWED
    if any(_foreign(each.lower) and not evidence.quotes(each.text) for each in draft.sentences):
        return block(NAME, f"The customer writes {_NAMES[wanted]}. Answer in {_NAMES[wanted]}.")
    if not draft.whole:
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


def _wanted(draft: Draft, evidence: Evidence) -> str | None:
    """Return the language to answer in, where the customer's words leave no doubt."""
    asked = " ".join(evidence.own_words)[:LOOKED_AT].lower()
    wanted = None if _WISH.search(asked) else clear_language(asked, least=3)
    return wanted if wanted and draft.language.lower().startswith(wanted) else None


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
