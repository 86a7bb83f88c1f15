"""A tool runs only for who has proved to be who they say, more strictly where text gave instructions."""

from __future__ import annotations

from guardrails.policy.tool_policy import Policy
from guardrails.verdict import ALLOWED, ProposedAction, Ruled, Verdict, block, hold

TRUST = "trust_level"

IDENTITY_REQUIRED = "identity_required"
"""The reason, as the code that the model and the operators know it by."""


def check_trust(action: ProposedAction, policy: Policy) -> Verdict:
    """Block a call below the level its tool needs."""
    if action.trust >= action.trust_needed or action.degrades:
        return ALLOWED
    return block(TRUST, IDENTITY_REQUIRED)


FLAGGED = "flagged_turn"

REASON = "What led to this holds instructions for the assistant, so a human looks at it first."
REFUSED = "What led to this holds instructions for the assistant, and the policy refuses it then."


def check_flagged(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold or block a call of a flagged turn."""
    if not action.flagged:
        return ALLOWED
    table = policy.table(action.tool)
    ruled = table.flagged if table is not None and table.flagged is not None else _usual(action)
    if ruled == "run":
        return ALLOWED
    return hold(FLAGGED, REASON) if ruled == "ask" else block(FLAGGED, REFUSED)


def _usual(action: ProposedAction) -> Ruled:
    if action.sensitivity == "read" or (action.sensitivity == "write" and action.trust > 0):
        return "run"
    return "ask"
