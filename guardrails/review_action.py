"""Rules on a proposed action: every one is asked, then the policy, and the strictest answer counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from guardrails.policy.policy import Policy
from guardrails.proposed import ProposedAction, Ruled, Ruling
from guardrails.rules.action import amounts, duplicate, flagged_turn, rate, trust_level
from guardrails.verdict import Judgement, Verdict, strictest

Rule = Callable[[ProposedAction, Policy], Verdict]

ACTION_RULES: Mapping[str, Rule] = {
    trust_level.NAME: trust_level.check,
    amounts.NAME: amounts.check,
    flagged_turn.NAME: flagged_turn.check,
    duplicate.NAME: duplicate.check,
    rate.NAME: rate.check,
}
DESCRIPTIONS: Mapping[str, str] = {
    rule.NAME: rule.DESCRIPTION for rule in (trust_level, amounts, flagged_turn, duplicate, rate)
}

STRICTNESS: Mapping[Ruled, int] = {"run": 0, "ask": 1, "refuse": 2}
_RULED: Mapping[Judgement, Ruled] = {Judgement.HOLD: "ask", Judgement.BLOCK: "refuse"}


def review_action(action: ProposedAction, policy: Policy, rules: Mapping[str, Rule] = ACTION_RULES) -> Ruling:
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
