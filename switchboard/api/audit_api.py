"""`/api/audit`: who or what changed something, newest first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from aiohttp import web

from orchestrator.store.audit_log import Audit, AuditFilter
from switchboard.api.auth import OperatorAuth
from switchboard.api.common import (
    PAGE,
    MalformedRequest,
    checked_time,
    guarded,
    known,
    number,
    page,
    read_cursor,
    time_and_id,
)

LONGEST_PAGE = 500
LONGEST_WORD = 200


class AuditRoutes:
    """Serves /api/audit."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/audit?conversation=&actor=&action=&since=&until=&cursor=&limit="""
        known(request, "conversation", "actor", "action", "since", "until", "cursor", "limit")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        rows = await self._audit.rows(_wanted(request), limit=limit + 1)
        return page(rows, limit, lambda row: [row["at"], row["id"]])


def audit_routes(auth: OperatorAuth, audit: Audit) -> list[web.RouteDef]:
    """Return the routes of the audit."""
    return [web.get("/api/audit", guarded(auth, AuditRoutes(audit).list))]


def _wanted(request: web.Request) -> AuditFilter:
    return AuditFilter(
        conversation_id=_id(request, "conversation"),
        actor=_word(request, "actor"),
        action=_word(request, "action"),
        since=_time(request, "since"),
        until=_time(request, "until"),
        after=read_cursor(request, time_and_id),
    )


def _word(request: web.Request, name: str) -> str | None:
    given = request.query.get(name) or None
    if given is not None and (len(given) > LONGEST_WORD or not given.isprintable()):
        raise MalformedRequest(f"{name} is no name in the audit.")
    return given


def _id(request: web.Request, name: str) -> UUID | None:
    given = request.query.get(name) or None
    try:
        return None if given is None else UUID(given)
    except ValueError:
        raise MalformedRequest(f"{name} must be an id.") from None


def _time(request: web.Request, name: str) -> datetime | None:
    given = request.query.get(name) or None
    if given is None:
        return None
    try:
        return checked_time(datetime.fromisoformat(given))
    except ValueError:
        raise MalformedRequest(f"{name} must be a time with its zone, as in 2026-11-22T08:00:00Z.") from None
