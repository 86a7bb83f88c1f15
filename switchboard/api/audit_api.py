"""`/api/audit`: who or what changed something, newest first."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from orchestrator.store.audit_log import Audit, AuditFilter
from switchboard.api.common import (
    PAGE,
    ListPage,
    PageQuery,
    Whole,
    checked_time,
    page,
    query,
    read_cursor,
    time_and_id,
)
from switchboard.api.route import ApiRoute, get

LONGEST_PAGE = 500
LONGEST_WORD = 200


def _printable(word: str) -> str:
    if not word.isprintable():
        raise ValueError("must be a name in the audit")
    return word


Word = Annotated[str, Field(max_length=LONGEST_WORD), AfterValidator(_printable)]
Moment = Annotated[datetime, AfterValidator(checked_time)]


class AuditQuery(PageQuery):
    """Which rows are listed: from `since` to before `until`."""

    conversation: UUID | None = None
    actor: Word | None = None
    action: Word | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: Annotated[Whole, Field(ge=1, le=LONGEST_PAGE)] = PAGE


class AuditRow(TypedDict):
    """One change: who made it, to what, and how it was before and after."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    conversation: UUID | None
    request_id: str | None
    before: Any
    after: Any
    verdicts: Any


class AuditRoutes:
    """Serves /api/audit."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    def routes(self) -> list[ApiRoute]:
        """Return the one route."""
        summary = "List who or what changed something, newest first"
        return [get("/api/audit", summary, self.list, ListPage[AuditRow], query=AuditQuery)]

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/audit"""
        given = query(request, AuditQuery)
        wanted = AuditFilter(
            conversation_id=given.conversation,
            actor=given.actor,
            action=given.action,
            since=given.since,
            until=given.until,
            after=read_cursor(given.cursor, time_and_id),
        )
        rows = await self._audit.rows(wanted, limit=given.limit + 1)
        return page(rows, given.limit, lambda row: [row["at"], row["id"]])
