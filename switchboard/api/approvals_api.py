"""`/api/approvals`: actions that wait for a human, and the human's yes or no."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from orchestrator.handover.approval_book import ApprovalPlace
from orchestrator.handover.approvals import LONGEST_NOTE, Approvals
from orchestrator.handover.operators import LONGEST_NAME
from switchboard.api.common import (
    LONGEST_PAGE,
    PAGE,
    answer,
    body,
    known,
    number,
    one_of,
    page,
    path_id,
    read_cursor,
    time_and_id,
    unknown,
)

STATES = ("pending", "approved", "denied", "expired", "withdrawn")


class VerdictBody(BaseModel):
    """The body of a decision; `note` is for operators only.

    `seen_seq` is the place of the last of the item's `newer_messages` that the operator has read.
    """

    model_config = ConfigDict(strict=True)

    verdict: Literal["approve", "deny"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
    operator: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"
    seen_seq: Annotated[int, Field(ge=0, lt=1 << 62)] = 0


class ApprovalRoutes:
    """Serves everything under /api/approvals."""

    def __init__(self, approvals: Approvals) -> None:
        self._approvals = approvals

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/approvals?state=&cursor=&limit="""
        known(request, "state", "cursor", "limit")
        state = one_of(request, "state", STATES)
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        place = read_cursor(request, time_and_id)
        after = ApprovalPlace(created_at=place[0], id=place[1]) if place else None
        items = await self._approvals.list(state=state, after=after, limit=limit + 1)
        return page(items, limit, lambda item: [item["created_at"], item["id"]])

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/approvals/{id}"""
        approval_id = path_id(request)
        return unknown("approval") if approval_id is None else answer(await self._approvals.get(approval_id))

    async def decide(self, request: web.Request) -> web.Response:
        """POST /api/approvals/{id}: once; 409 when it was decided or has expired."""
        approval_id = path_id(request)
        if approval_id is None:
            return unknown("approval")
        given = await body(request, VerdictBody)
        decided = await self._approvals.decide(
            approval_id, given.verdict, given.operator, given.note, seen_seq=given.seen_seq
        )
        return answer(decided)
