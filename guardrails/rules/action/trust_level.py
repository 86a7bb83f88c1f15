"""A tool runs only for who has proved to be the one they say."""

from __future__ import annotations

from guardrails.policy.policy import Policy
from guardrails.proposed import ProposedAction
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "trust_level"
DESCRIPTION = "A caller below the trust level a tool needs is refused, unless the tool limits itself."
STAGE = "action"

IDENTITY_REQUIRED = "identity_required"
"""The reason, as the code that the model and the operators know it by."""


def check(action: ProposedAction, policy: Policy) -> Verdict:
    """Block a call below the level its tool needs."""
    if action.trust >= action.trust_needed or action.degrades:
        return ALLOWED
    return block(NAME, IDENTITY_REQUIRED)
