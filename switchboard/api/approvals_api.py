"""`/api/approvals`: actions that wait for a human, and the human's yes or no."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from orchestrator.handover.approvals import LONGEST_NOTE, ApprovalPlace, Approvals
from switchboard.api.common import (
    ListPage,
    OperatorBody,
    PageQuery,
    Seq,
    Unknown,
    answer,
    body,
    page,
    path_id,
    query,
    read_cursor,
    time_and_id,
)
from switchboard.api.route import ApiRoute, get, post

ApprovalState = Literal["pending", "approved", "denied", "expired", "withdrawn"]


class ApprovalsQuery(PageQuery):
    """Which approvals are listed."""

    state: ApprovalState | None = None


class VerdictBody(OperatorBody):
    """The body of a decision; `note` is for operators only.

    `seen_seq` is the place of the last of the item's `newer_messages` that the operator has read.
    """

    verdict: Literal["approve", "deny"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    seen_seq: Seq = 0


class NamedCustomer(TypedDict):
    """Whose action it is."""

    id: UUID
    name: str | None


class NewerMessage(TypedDict):
    """What the customer wrote after the turn that asked."""

    seq: int
    at: datetime
    text: str


class ActionState(TypedDict):
    """How the action itself stands."""

    state: str
    result: Any


class ApprovalItem(TypedDict):
    """An action that waits for a human, or waited."""

    id: UUID
    state: ApprovalState
    conversation: UUID
    channel: str
    conversation_status: str
    customer: NamedCustomer
    tool: str
    arguments: dict[str, Any]
    summary: str
    evidence: Any
    policy_line: str
    reason: str
    trust: int | None
    created_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    note: str | None
    outcome: str | None
    settled_at: datetime | None
    newer_messages: list[NewerMessage]
    action: ActionState


class ApprovalRoutes:
    """Serves everything under /api/approvals."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    def routes(self) -> list[ApiRoute]:
        """Return the routes."""
        path, one = "/api/approvals", "/api/approvals/{id}"
        page_of = ListPage[ApprovalItem]
        return [
            get(path, "List approvals, newest first", self.list, page_of, query=ApprovalsQuery),
            get(one, "Show one approval", self.show, ApprovalItem, errors=(404,)),
            post(one, "Decide it, once", self.decide, ApprovalItem, body=VerdictBody, errors=(404, 409)),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/approvals"""
        wanted = query(request, ApprovalsQuery)
        place = read_cursor(wanted.cursor, time_and_id)
        after = ApprovalPlace(created_at=place[0], id=place[1]) if place else None
        items = await self._approvals.items(state=wanted.state, after=after, limit=wanted.limit + 1)
        return page(items, wanted.limit, lambda item: [item["created_at"], item["id"]])

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/approvals/{id}"""
        return answer(await self._approvals.item(path_id(request, Unknown("approval"))))

    async def decide(self, request: web.Request) -> web.Response:
        """POST /api/approvals/{id}: 409 when it was decided or has expired."""
        approval_id = path_id(request, Unknown("approval"))
        given = await body(request, VerdictBody)
        decided = await self._approvals.decide(
            approval_id, given.verdict, given.operator, given.note, seen_seq=given.seen_seq
        )
        return answer(decided)
