"""The reply rules, in order: what a customer reads or hears passes all of them first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.rules.reply import (
    action_claims,
    amounts,
    citations,
    dates,
    disguises,
    identifiers,
    internals,
    language,
    length,
    links,
    mail_addresses,
    order_facts,
    people,
    phones,
    policy_claims,
    postal_addresses,
    pretence,
    promises,
    prompt_leak,
)  # fmt: skip
from guardrails.verdict import ALLOWED, Verdict

Rule = Callable[[Draft, Evidence], Verdict]

REPLY_RULES: Mapping[str, Rule] = MappingProxyType({
    length.NAME: length.check,
    disguises.NAME: disguises.check,
    prompt_leak.NAME: prompt_leak.check,
    internals.NAME: internals.check,
    citations.NAME: citations.check,
    links.NAME: links.check,
    mail_addresses.NAME: mail_addresses.check,
    phones.NAME: phones.check,
    postal_addresses.NAME: postal_addresses.check,
    people.NAME: people.check,
    pretence.NAME: pretence.check,
    action_claims.NAME: action_claims.check,
    promises.NAME: promises.check,
    policy_claims.NAME: policy_claims.check,
    order_facts.NAME: order_facts.check,
    amounts.NAME: amounts.check,
    dates.NAME: dates.check,
    identifiers.NAME: identifiers.check,
    language.NAME: language.check,
})  # fmt: skip


def review_reply(draft: Draft, evidence: Evidence, rules: Mapping[str, Rule] = REPLY_RULES) -> Verdict:
    """Return the first verdict that blocks, or one that allows."""
    for rule in rules.values():
        verdict = rule(draft, evidence)
        if verdict.blocked:
            return verdict
    return ALLOWED
