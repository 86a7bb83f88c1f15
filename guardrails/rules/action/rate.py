"""Many sensitive actions in a short time are seen by a human."""

from __future__ import annotations

from datetime import timedelta

from guardrails.policy.amounts import LIVE
from guardrails.policy.policy import Policy
from guardrails.proposed import PastAction, ProposedAction
from guardrails.verdict import ALLOWED, Verdict, hold

NAME = "rate"
DESCRIPTION = "More sensitive actions of a customer in an hour than `sensitive_per_hour` wait for a human."
STAGE = "action"

WINDOW = timedelta(hours=1)


def check(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold a sensitive call that would be one too many."""
    if action.sensitivity != "sensitive":
        return ALLOWED
    since = action.now - WINDOW
    before = sum(1 for past in action.past if past.at > since and _counts(past, action))
    if before < policy.sensitive_per_hour:
        return ALLOWED
    return hold(
        NAME, f"The customer had {before} such actions within an hour; {policy.sensitive_per_hour} are usual."
    )


def _counts(past: PastAction, action: ProposedAction) -> bool:
    # A past action does not say how sensitive it was: the same tool was, and whatever moved money.
    alike = past.tool == action.tool or past.amount is not None
    return alike and past.state in LIVE
