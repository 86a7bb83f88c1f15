"""The tool `withdraw_request`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import Field

from tools.tool import Caller, Sensitivity, Tool, ToolError, tool

NAME = "withdraw_request"

Approval = Annotated[str, Field(description="The id under which CONTEXT lists it as waiting.", max_length=64)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdrawal:
    """What became of it: `decided` says that it is too late. `request` is what the model had asked for."""

    outcome: Literal["withdrawn", "decided", "unknown"]
    request: Mapping[str, Any] = field(default_factory=dict)


class Withdrawals(Protocol):
    """Takes back what waits for a colleague's yes."""

    async def withdraw(self, approval_id: UUID, conversation_id: UUID) -> Withdrawal:
        """Take back an action that waits in this conversation."""
        ...


class NothingWaits:
    """A Withdrawals where no action ever waits."""

    async def withdraw(self, approval_id: UUID, conversation_id: UUID) -> Withdrawal:
        """Return `unknown`."""
        return Withdrawal(outcome="unknown")


def withdraw_request_tool(withdrawals: Withdrawals) -> Tool:
    """Return the tool. It only ever ends a request of this very conversation, so no proof is asked for."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def withdraw_request(caller: Caller, approval: Approval) -> dict[str, Any]:
        """Take back an action that waits for a colleague, because the customer no longer wants it, or wants
        it otherwise.
        """
        done = await withdrawals.withdraw(_id(approval), caller.conversation_id)
        if done.outcome == "unknown":
            raise _unknown()
        if done.outcome == "decided":
            raise ToolError(
                "too_late",
                "A colleague has decided on it already. Say so, and hand off if it must be undone.",
            )
        note = "It will not be done. Nothing was changed."
        return {"withdrawn": True, "request": dict(done.request), "note": note}

    return withdraw_request


def _id(approval: str) -> UUID:
    try:
        return UUID(approval)
    except ValueError:
        raise _unknown() from None


def _unknown() -> ToolError:
    return ToolError("unknown_request", "Nothing of this id waits here; use an id of CONTEXT's waiting list.")
