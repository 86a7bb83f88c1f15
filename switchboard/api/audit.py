"""`/api/audit`: who or what changed something, newest first."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from orchestrator.store.audit_log import Audit, AuditFilter
from switchboard.api.answers import BadRequest, answer, guarded, known, number
from switchboard.api.auth import OperatorAuth

PAGE = 50
LONGEST_PAGE = 500
LONGEST_WORD = 200
NONE_OF_OURS = "cursor is none of ours."


class AuditRoutes:
    """Serves /api/audit."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def list(self, request: web.Request) -> web.Response:
        """GET /api/audit?conversation=&actor=&action=&since=&until=&cursor=&limit="""
        known(request, "conversation", "actor", "action", "since", "until", "cursor", "limit")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        rows = await self._audit.rows(_wanted(request), limit=limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
        return answer({"items": rows, "next": _cursor(rows[-1]) if more else None})


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
        after=_place(request.query.get("cursor") or None),
    )


def _word(request: web.Request, name: str) -> str | None:
    given = request.query.get(name) or None
    if given is not None and (len(given) > LONGEST_WORD or not given.isprintable()):
        raise BadRequest(f"{name} is no name in the audit.")
    return given


def _id(request: web.Request, name: str) -> UUID | None:
    given = request.query.get(name) or None
    try:
        return None if given is None else UUID(given)
    except ValueError:
        raise BadRequest(f"{name} must be an id.") from None


def _time(request: web.Request, name: str) -> datetime | None:
    given = request.query.get(name) or None
    if given is None:
        return None
    try:
        return _checked(datetime.fromisoformat(given))
    except ValueError:
        raise BadRequest(f"{name} must be a time with its zone, as in 2026-11-22T08:00:00Z.") from None


def _checked(time: datetime) -> datetime:
    if time.tzinfo is None or not 1970 <= time.year < 9000:
        raise ValueError("a time without zone, or far away")
    return time


def _cursor(row: dict[str, Any]) -> str:
    place = json.dumps([row["at"].isoformat(), str(row["id"])]).encode()
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        at, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return _checked(datetime.fromisoformat(at)), UUID(row_id)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadRequest(NONE_OF_OURS) from None
