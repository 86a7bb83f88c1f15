"""The tool `withdraw_request`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import Field

from tools.tool import Caller, Sensitivity, Tool, ToolError, tool

NAME = "withdraw_request"
Withdrawn = Literal["withdrawn", "decided", "unknown"]

Approval = Annotated[str, Field(description="The id under which CONTEXT lists it as waiting.", max_length=64)]


class Withdrawals(Protocol):
    """Takes back what waits for a colleague's yes."""

    async def withdraw(self, approval_id: UUID, conversation_id: UUID) -> Withdrawn:
        """Take back an action that waits in this conversation: `decided` says that it is too late."""
        ...


class NothingWaits:
    """A Withdrawals where no action ever waits."""

    async def withdraw(self, approval_id: UUID, conversation_id: UUID) -> Withdrawn:
        """Return `unknown`."""
        return "unknown"


def withdraw_request_tool(withdrawals: Withdrawals) -> Tool:
    """Return the tool. It only ever ends a request of this very conversation, so no proof is asked for."""

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def withdraw_request(caller: Caller, approval: Approval) -> dict[str, Any]:
        """Take back an action that waits for a colleague, because the customer no longer wants it, or wants
        it otherwise.
        """
        outcome = await withdrawals.withdraw(_id(approval), caller.conversation_id)
        if outcome == "unknown":
            raise _unknown()
        if outcome == "decided":
            raise ToolError(
                "too_late",
                "A colleague has decided on it already. Say so, and hand off if it must be undone.",
            )
        return {"withdrawn": True, "note": "It will not be done. Nothing was changed."}

    return withdraw_request


def _id(approval: str) -> UUID:
    try:
        return UUID(approval)
    except ValueError:
        raise _unknown() from None


def _unknown() -> ToolError:
    return ToolError("unknown_request", "Nothing of this id waits here; use an id of CONTEXT's waiting list.")
