"""What follows from text that holds instructions for the model is judged more strictly."""

from __future__ import annotations

from guardrails.policy.policy import Policy
from guardrails.proposed import ProposedAction, Ruled
from guardrails.verdict import ALLOWED, Verdict, block, hold

NAME = "flagged_turn"
DESCRIPTION = (
    "In a flagged turn a sensitive call waits for a human, and so does a write of an anonymous customer; "
    "a tool's `flagged` in the policy says otherwise."
)
STAGE = "action"

REASON = "What led to this holds instructions for the assistant, so a human looks at it first."
REFUSED = "What led to this holds instructions for the assistant, and the policy refuses it then."


def check(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold or block a call of a flagged turn."""
    if not action.flagged:
        return ALLOWED
    table = policy.table(action.tool)
    ruled = table.flagged if table is not None and table.flagged is not None else _usual(action)
    if ruled == "run":
        return ALLOWED
    return hold(NAME, REASON) if ruled == "ask" else block(NAME, REFUSED)


def _usual(action: ProposedAction) -> Ruled:
    if action.sensitivity == "read" or (action.sensitivity == "write" and action.trust > 0):
        return "run"
    return "ask"
