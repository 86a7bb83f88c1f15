"""The reply rules, in order: what a customer reads or hears passes all of them first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from guardrails.evidence import Evidence
from guardrails.rules import action_claims, citations, identifiers, prompt_leak
from guardrails.verdict import ALLOWED, Verdict

Rule = Callable[[str, tuple[str, ...], Evidence], Verdict]

REPLY_RULES: Mapping[str, Rule] = {
    prompt_leak.NAME: prompt_leak.check,
    citations.NAME: citations.check,
    action_claims.NAME: action_claims.check,
    identifiers.NAME: identifiers.check,
}


def review_reply(
    reply: str, citations: tuple[str, ...], evidence: Evidence, rules: Mapping[str, Rule] = REPLY_RULES
) -> Verdict:
    """Return the first verdict that blocks, or one that allows."""
    for rule in rules.values():
        verdict = rule(reply, citations, evidence)
        if verdict.blocked:
            return verdict
    return ALLOWED
