"""A reply must not pretend to come from a human, nor ask for what nobody may ever ask for."""

from __future__ import annotations

from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "pretence"


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that plays a human, or asks for a secret."""
    reason = evidence.first_problem(NAME, draft, _pretends)
    return block(NAME, reason) if reason else ALLOWED


def _pretends(sentence: ReplySentence, evidence: Evidence) -> str | None:
    said = evidence.vocabulary.wording
    if evidence.quotes(sentence.text):
        return None
    if said("plays a human").search(sentence.lower) or _plays_somebody(sentence.text, evidence):
        return "The reply pretends to come from a human. You are the assistant: leave it out."
    if _asks_a_secret(sentence, evidence):
        return "The reply asks for a secret. Nobody here may ask for one."
    if said("fee by gift").search(sentence.lower):
        return "The reply asks to pay a fee in a way that nobody here takes. Leave it out."
    return None


def _asks_a_secret(sentence: ReplySentence, evidence: Evidence) -> bool:
    lower, said = sentence.lower, evidence.vocabulary.wording
    if said("secret").search(lower) is None or said("asks for").search(lower) is None:
        return False
    return said("harmless with secrets").search(lower) is None


def _plays_somebody(text: str, evidence: Evidence) -> bool:
    """Say whether the assistant gives itself a name; the company's own is fine."""
    named = evidence.vocabulary.wording("names itself").pattern
    known = f"{evidence.business} {evidence.name} switchboard".lower()
    return any(name.lower() not in known for found in named.findall(text) for name in found if name)
