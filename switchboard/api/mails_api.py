"""`/api/mails`: the mails that came, those too that were only recorded, and how one is taken up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from channels.downloads import download_headers
from orchestrator.conversation.kept_files import Downloads
from orchestrator.handover.ownership import checked_name
from orchestrator.mail.recorded import Place, RecordedMails
from switchboard.api.common import (
    ListPage,
    OperatorBody,
    OperatorQuery,
    PageQuery,
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

WAIT = 10.0
"""Seconds in which an accepted mail is mostly read."""

Address = Annotated[str, StringConstraints(pattern=r"^[^\s@,<>]+@[^\s@,<>]+$", max_length=320, to_lower=True)]


class MailsQuery(PageQuery):
    """Which mails are listed."""

    state: Literal["recorded", "accepted", "stored", "reading", "failed"] | None = None
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,60}$")] | None = None


class AcceptBody(OperatorBody):
    """The body of an acceptance: `from` says whose mail it is, `answer` whether the assistant answers it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    sender: Annotated[Address | None, Field(alias="from")] = None
    answer: bool = True


class MailItem(TypedDict):
    """A mail that came: what became of it, and why. (`from`, too: whose it is.)"""

    id: UUID
    state: str
    reason: str | None
    detail: str | None
    received_at: datetime
    mailbox: str | None
    from_name: str | None
    reply_to: str | None
    form: str | None
    subject: str | None
    size: int
    trust: int | None
    conversation: UUID | None
    message: UUID | None
    accepted_by: str | None


class ListedMail(MailItem):
    """A mail as lists show it."""

    excerpt: str | None


class WholeMail(MailItem):
    """A mail with its text and its envelope."""

    text: str | None
    message_id: str | None
    envelope_from: str | None
    recipients: list[str]


class MailRoutes:
    """Serves everything under /api/mails."""

    def __init__(self, desk: RecordedMails, downloads: Downloads) -> None:
        self._desk = desk
        self._downloads = downloads

    def routes(self) -> list[ApiRoute]:
        """Return the routes."""
        path, one = "/api/mails", "/api/mails/{id}"
        taken, raw = "Make a conversation of a recorded mail", "message/rfc822"
        return [
            get(path, "List mails, newest first", self.list, ListPage[ListedMail], query=MailsQuery),
            get(one, "Show a mail", self.show, WholeMail, errors=(404,)),
            post(f"{one}/accept", taken, self.accept, WholeMail, body=AcceptBody, errors=(404, 409)),
            get(f"{one}/raw", "Get it as it came", self.raw, raw, query=OperatorQuery, errors=(404,)),
        ]

    async def list(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails"""
        wanted = query(request, MailsQuery)
        found = read_cursor(wanted.cursor, time_and_id)
        after = Place(received_at=found[0], id=found[1]) if found else None
        items = await self._desk.list(
            state=wanted.state, reason=wanted.reason, after=after, limit=wanted.limit + 1
        )
        return page(items, wanted.limit, lambda item: [item["received_at"], item["id"]])

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails/{id}"""
        return answer(await self._desk.show(path_id(request, Unknown("mail"))))

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """POST /api/mails/{id}/accept"""
        mail_id = path_id(request, Unknown("mail"))
        given = await body(request, AcceptBody)
        operator = checked_name(given.operator)
        return answer(
            await self._desk.accept(mail_id, operator, sender=given.sender, answer=given.answer, wait=WAIT)
        )

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """GET /api/mails/{id}/raw"""
        mail_id = path_id(request, Unknown("mail"))
        raw = await self._downloads.whole_mail(mail_id, query(request, OperatorQuery).name)
        return web.Response(body=raw, headers=download_headers(f"{mail_id}.eml", "message/rfc822"))
