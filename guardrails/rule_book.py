"""The rules, in order: on a reply, before a customer reads or hears it, and on an action, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.policy.tool_policy import Policy
from guardrails.rules import (
    action,
    contact_points,
    deeds,
    form,
    internals,
    policy_claims,
    thing_states,
    values,
)
from guardrails.verdict import ALLOWED, Judgement, ProposedAction, Ruled, Ruling, Verdict, strictest

ReplyRule = Callable[[Draft, Evidence], Verdict]
ActionRule = Callable[[ProposedAction, Policy], Verdict]

REPLY_RULES: Mapping[str, ReplyRule] = MappingProxyType({
    form.LENGTH: form.check_length,
    form.DISGUISES: form.check_disguises,
    internals.PROMPT_LEAK: internals.check_prompt_leak,
    internals.INTERNALS: internals.check_internals,
    form.CITATIONS: form.check_citations,
    contact_points.LINKS: contact_points.check_links,
    contact_points.MAIL: contact_points.check_mail_addresses,
    contact_points.PHONES: contact_points.check_phones,
    contact_points.POSTAL: contact_points.check_postal_addresses,
    contact_points.PEOPLE: contact_points.check_people,
    deeds.PRETENCE: deeds.check_pretence,
    deeds.ACTION_CLAIMS: deeds.check_action_claims,
    deeds.PROMISES: deeds.check_promises,
    policy_claims.NAME: policy_claims.check,
    thing_states.NAME: thing_states.check,
    values.AMOUNTS: values.check_amounts,
    values.DATES: values.check_days,
    values.IDENTIFIERS: values.check_identifiers,
    form.LANGUAGE: form.check_language,
})  # fmt: skip

_OF_THE_WHOLE = frozenset({form.LENGTH, form.CITATIONS, form.LANGUAGE})
"""Rules that look at more of a draft than its text."""

ACTION_RULES: Mapping[str, ActionRule] = MappingProxyType({
    action.TRUST: action.check_trust,
    action.AMOUNT: action.check_amount,
    action.FLAGGED: action.check_flagged,
    action.DUPLICATE: action.check_duplicate,
    action.RATE: action.check_rate,
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
            verdict = evidence.keep((name, draft.text, draft.language), partial(rule, draft, evidence))
        if verdict.blocked:
            return verdict
    return ALLOWED


def review_action(
    proposed: ProposedAction, policy: Policy, rules: Mapping[str, ActionRule] = ACTION_RULES
) -> Ruling:
    """Return what becomes of an action: HOLD means ask, BLOCK means refuse.

    Where a rule is as strict as the policy or stricter, its name and reason are told.
    """
    ruling = policy.rule(proposed)
    verdict = strictest(*(rule(proposed, policy) for rule in rules.values()))
    ruled = _RULED.get(verdict.judgement)
    if ruled is None or STRICTNESS[ruled] < STRICTNESS[ruling.ruled]:
        return ruling
    line = f"rule {verdict.rule}"
    if ruled == ruling.ruled:
        line = f"{line}; {ruling.line}"
    return replace(ruling, ruled=ruled, line=line, reason=verdict.reason)
