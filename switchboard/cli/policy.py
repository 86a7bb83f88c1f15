"""`switchboard policy`: what the policy means, and what it says of one call."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from pathlib import Path

from guardrails.policy.explained import doubts, told
from guardrails.policy.policy_file import PolicyInvalid
from guardrails.policy.tool_policy import Policy
from guardrails.rule_book import review_action
from guardrails.verdict import PastAction, ProposedAction
from orchestrator.policies import load_policy
from switchboard.errors import SwitchboardError
from switchboard.operations.shipped_tools import LIMITING_THEMSELVES, SENSITIVITIES, SHIPPED
from switchboard.sources import load_settings

BETWEEN = timedelta(minutes=1)
"""Between the earlier calls of `explain`."""


def run(options: argparse.Namespace) -> int:
    """Check or explain; the exit code is 1 when the policy is wrong."""
    path = Path(options.file) if options.file else load_settings().settings.policy
    try:
        policy = load_policy(path)
    except PolicyInvalid as error:
        raise SwitchboardError(str(error)) from None
    if options.action == "explain":
        print(_explained(policy, options))
    else:
        print("\n".join(_checked(policy, path, options.tools)))
    return 0


def _checked(policy: Policy, path: Path, further: tuple[str, ...]) -> list[str]:
    known = {**dict.fromkeys(further, ""), **SENSITIVITIES}
    found = doubts(policy, known)
    warnings = [f"warning: {doubt}" for doubt in found]
    verdict = f"{path} is right" + (f", with {len(found)} doubts." if found else ".")
    return [*told(policy), "", *warnings, verdict]


def _explained(policy: Policy, options: argparse.Namespace) -> str:
    ruling = review_action(_proposed(policy, options), policy)
    lines = [ruling.ruled, ruling.line, ruling.reason]
    if ruling.ruled == "ask":
        lines.append(f"A human has {ruling.expires_hours:g} hours.")
    return "\n".join(lines)


def _proposed(policy: Policy, options: argparse.Namespace) -> ProposedAction:
    sensitivity, trust_needed = SHIPPED.get(options.tool, ("sensitive", 0))
    at = _moment(options.at, policy)
    return ProposedAction(
        tool=options.tool,
        sensitivity=options.sensitivity or sensitivity,
        trust_needed=trust_needed,
        degrades=options.tool in LIMITING_THEMSELVES,
        arguments=dict(options.argument),
        trust=options.trust,
        channel=options.channel,
        now=at,
        amount=options.amount,
        currency=options.currency,
        tags=frozenset(options.tags),
        facts=dict(options.fact),
        past=tuple(_earlier(options, at, number) for number in range(options.earlier, 0, -1)),
        flagged=options.flagged,
    )


def _earlier(options: argparse.Namespace, at: datetime, number: int) -> PastAction:
    # Another matter each, so that what is shown is the count and not the rule on duplicates.
    return PastAction(
        tool=options.tool,
        arguments={"order_id": f"earlier {number}"},
        state="done",
        at=at - number * BETWEEN,
        amount=options.amount,
        currency=options.currency,
    )


def _moment(at: datetime | None, policy: Policy) -> datetime:
    if at is None:
        return datetime.now(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=policy.hours.zone)).astimezone(UTC)
