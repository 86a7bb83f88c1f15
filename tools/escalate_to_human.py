"""The tool `escalate_to_human`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from tools.tool import Caller, Handoff, Priority, Sensitivity, Tool, tool

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="Why a human is needed, for the colleague who takes over."),
]


def escalate_to_human_tool() -> Tool:
    """Return the tool. It writes nothing: the turn hands over together with its reply."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def escalate_to_human(
        caller: Caller,
        reason: Reason,
        priority: Annotated[Priority, Field(description="How urgent it is.")] = "normal",
    ) -> Handoff:
        """Hand the conversation to a human colleague: when the customer asks for one, or you can't help."""
        return Handoff(reason=reason, priority=priority)

    return escalate_to_human
