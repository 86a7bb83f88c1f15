"""`/api/mails`: the mails that came, those too that were only recorded, and how one is taken up."""

from __future__ import annotations

import re
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from channels.downloads import download_headers
from orchestrator.conversation.kept_files import Downloads
from orchestrator.handover.operators import LONGEST_NAME, checked_name
from orchestrator.mail.recorded import Place, RecordedMails
from switchboard.api.auth import OperatorAuth
from switchboard.api.common import (
    LONGEST_PAGE,
    PAGE,
    MalformedRequest,
    answer,
    body,
    guarded,
    number,
    one_of,
    page,
    path_id,
    read_cursor,
    time_and_id,
    unknown,
)
from switchboard.api.files_api import operator_of

STATES = ("recorded", "accepted", "stored", "reading", "failed")
WAIT = 10.0
"""Seconds in which an accepted mail is mostly read."""
_REASON = re.compile(r"[a-z0-9_]{1,60}")

Address = Annotated[str, StringConstraints(pattern=r"^[^\s@,<>]+@[^\s@,<>]+$", max_length=320, to_lower=True)]


class AcceptBody(BaseModel):
    """The body of an acceptance: `from` says whose mail it is, `answer` whether the assistant answers it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    operator: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] = "operator"
    sender: Annotated[Address | None, Field(alias="from")] = None
    answer: bool = True


class MailRoutes:
    """Serves everything under /api/mails."""

    def __init__(self, desk: RecordedMails, downloads: Downloads) -> None:
        self._desk = desk
        self._downloads = downloads

    async def list(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails?state=&reason=&cursor=&limit="""
        state, reason = one_of(request, "state", STATES), request.query.get("reason") or None
        if reason is not None and not _REASON.fullmatch(reason):
            raise MalformedRequest("reason is a word such as bulk or duplicate.")
        limit = number(request, "limit", default=PAGE, most=LONGEST_PAGE)
        found = read_cursor(request, time_and_id)
        after = Place(received_at=found[0], id=found[1]) if found else None
        items = await self._desk.list(state=state, reason=reason, after=after, limit=limit + 1)
        return page(items, limit, lambda item: [item["received_at"], item["id"]])

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails/{id}"""
        mail_id = path_id(request)
        return unknown("mail") if mail_id is None else answer(await self._desk.show(mail_id))

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """POST /api/mails/{id}/accept"""
        mail_id = path_id(request)
        if mail_id is None:
            return unknown("mail")
        given = await body(request, AcceptBody)
        operator = checked_name(given.operator)
        return answer(
            await self._desk.accept(mail_id, operator, sender=given.sender, answer=given.answer, wait=WAIT)
        )

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails/{id}/raw"""
        mail_id = path_id(request)
        if mail_id is None:
            return unknown("mail")
        raw = await self._downloads.whole_mail(mail_id, operator_of(request))
        return web.Response(body=raw, headers=download_headers(f"{mail_id}.eml", "message/rfc822"))


def mail_routes(auth: OperatorAuth, desk: RecordedMails, downloads: Downloads) -> list[web.RouteDef]:
    """Return the routes of mails."""
    routes = MailRoutes(desk, downloads)
    return [
        web.get("/api/mails", guarded(auth, routes.list)),
        web.get("/api/mails/{id}", guarded(auth, routes.show)),
        web.post("/api/mails/{id}/accept", guarded(auth, routes.accept)),
        web.get("/api/mails/{id}/raw", guarded(auth, routes.raw)),
    ]
