"""The rules, in order: on a reply, before a customer reads or hears it, and on an action, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.policy.tool_policy import Policy
from guardrails.rules.action import possible_amount, repeated, who_asks
from guardrails.rules.reply import (
    action_claims,
    contact_points,
    disguises,
    identifiers,
    internals,
    named_amounts,
    named_days,
    named_people,
    outline,
    policy_claims,
    postal_addresses,
    pretence,
    promises,
    prompt_leak,
    reply_language,
    thing_states,
)  # fmt: skip
from guardrails.verdict import ALLOWED, Judgement, ProposedAction, Ruled, Ruling, Verdict, strictest

ReplyRule = Callable[[Draft, Evidence], Verdict]
ActionRule = Callable[[ProposedAction, Policy], Verdict]

REPLY_RULES: Mapping[str, ReplyRule] = MappingProxyType({
    outline.LENGTH: outline.check_length,
    disguises.NAME: disguises.check,
    prompt_leak.NAME: prompt_leak.check,
    internals.NAME: internals.check,
    outline.CITATIONS: outline.check_citations,
    contact_points.LINKS: contact_points.check_links,
    contact_points.MAIL: contact_points.check_mail_addresses,
    contact_points.PHONES: contact_points.check_phones,
    postal_addresses.NAME: postal_addresses.check,
    named_people.NAME: named_people.check,
    pretence.NAME: pretence.check,
    action_claims.NAME: action_claims.check,
    promises.NAME: promises.check,
    policy_claims.NAME: policy_claims.check,
    thing_states.NAME: thing_states.check,
    named_amounts.NAME: named_amounts.check,
    named_days.NAME: named_days.check,
    identifiers.NAME: identifiers.check,
    reply_language.NAME: reply_language.check,
})  # fmt: skip

_OF_THE_WHOLE = frozenset({outline.LENGTH, outline.CITATIONS, reply_language.NAME})
"""Rules that look at more of a draft than its text."""

ACTION_RULES: Mapping[str, ActionRule] = MappingProxyType({
    who_asks.TRUST: who_asks.check_trust,
    possible_amount.NAME: possible_amount.check,
    who_asks.FLAGGED: who_asks.check_flagged,
    repeated.DUPLICATE: repeated.check_duplicate,
    repeated.RATE: repeated.check_rate,
})  # fmt: skip

STRICTNESS: Mapping[Ruled, int] = {"run": 0, "ask": 1, "refuse": 2}
_RULED: Mapping[Judgement, Ruled] = {Judgement.HOLD: "ask", Judgement.BLOCK: "refuse"}


def review_reply(draft: Draft, evidence: Evidence, rules: Mapping[str, ReplyRule] = REPLY_RULES) -> Verdict:
    """Return the first verdict that blocks, or one that allows.

    The facts keep what was found of a text and of a sentence: a reply whose sentences were reviewed while
    they streamed costs at its end only what is new, and its verdict is that of a reply never seen before.
    """
    for name, rule in rules.items():
        if name in _OF_THE_WHOLE:
            verdict = rule(draft, evidence)
        else:
            kept = (name, draft.text, draft.language, "text")
            verdict = evidence.keep(kept, lambda each=rule: each(draft, evidence))  # type: ignore[misc]
        if verdict.blocked:
            return verdict
    return ALLOWED


def review_action(
    action: ProposedAction, policy: Policy, rules: Mapping[str, ActionRule] = ACTION_RULES
) -> Ruling:
    """Return what becomes of an action: HOLD means ask, BLOCK means refuse.

    Where a rule is as strict as the policy or stricter, its name and reason are told.
    """
    ruling = policy.rule(action)
    verdict = strictest(*(rule(action, policy) for rule in rules.values()))
    ruled = _RULED.get(verdict.judgement)
    if ruled is None or STRICTNESS[ruled] < STRICTNESS[ruling.ruled]:
        return ruling
    line = f"rule {verdict.rule}"
    if ruled == ruling.ruled:
        line = f"{line}; {ruling.line}"
    return replace(ruling, ruled=ruled, line=line, reason=verdict.reason)
