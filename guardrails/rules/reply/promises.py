"""A reply must not promise, or claim, a favour that no passage and no result knows of."""

from __future__ import annotations

from guardrails.claims.clauses import asks, denied
from guardrails.claims.grounding import grounded
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "promises"


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a favour that neither a passage nor a result of this turn gives."""
    what = evidence.first_problem(NAME, draft, _first_favour)
    if what is None:
        return ALLOWED
    return block(
        NAME, f"The reply promises or claims {what} that no passage and no result gives. Leave it out."
    )


def _first_favour(sentence: ReplySentence, evidence: Evidence) -> str | None:
    for what, favour in evidence.vocabulary.favours.items():
        found = favour.search(sentence.lower)
        if found and _promised(what, sentence, found.start(), evidence):
            return what
    return None


def _promised(what: str, sentence: ReplySentence, at: int, evidence: Evidence) -> bool:
    lower, said = sentence.lower, evidence.vocabulary.wording
    if what == "a change of an account" and not said("account changed").search(lower):
        return False
    if not said("gives").search(lower) or said("pleasant").search(lower) or asks(lower):
        return False
    if denied(lower, at, at if what == "a guarantee" else at + 40):
        return False
    if evidence.quotes(sentence.text) or _reported(what, evidence):
        return False
    return what == "a change of an account" or not grounded(
        sentence, evidence, evidence.vocabulary.favours[what]
    )


def _reported(what: str, evidence: Evidence) -> bool:
    """Say whether a result of this turn speaks of the very favour: then a tool gave it."""
    pattern = evidence.vocabulary.favours[what]
    if what == "an approval" and any(pattern.search(each.lower()) for each in evidence.told):
        return True  # our own word on a decision, repeated
    return any(
        each.ok and pattern.search(f"{each.tool.replace('_', ' ')} {each.index.lower}")
        for each in evidence.outcomes
    )
