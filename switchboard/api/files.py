"""`/api/files` and the mails behind messages: what operators download, and what they send."""

from __future__ import annotations

import asyncio
from uuid import UUID

from aiohttp import web

from channels.downloads import download_headers, file_response
from orchestrator.downloads import Downloads
from orchestrator.errors import MessageUnknown, NoSuchFile
from orchestrator.operators import checked_name
from switchboard.api.answers import answer, guarded
from switchboard.api.auth import OperatorAuth
from switchboard.api.mail_view import mail_view


class FileRoutes:
    """Serves files and mails to operators; `?operator=` says who looks."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads

    async def get(self, request: web.Request) -> web.StreamResponse:
        """GET /api/files/{id}"""
        file_id = _id(request, "id")
        if file_id is None:
            raise NoSuchFile("This file does not exist.")
        return file_response(await self._downloads.file(file_id, operator_of(request)))

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """GET /api/conversations/{id}/messages/{message}/raw"""
        raw = await self._mail(request)
        name = f"{request.match_info['message']}.eml"
        return web.Response(body=raw, headers=download_headers(name, "message/rfc822"))

    async def mail(self, request: web.Request) -> web.StreamResponse:
        """GET /api/conversations/{id}/messages/{message}/mail"""
        return answer(await asyncio.to_thread(mail_view, await self._mail(request)))

    async def _mail(self, request: web.Request) -> bytes:
        conversation_id, message_id = _id(request, "id"), _id(request, "message")
        if conversation_id is None or message_id is None:
            raise MessageUnknown("There is no such message in this conversation.")
        return await self._downloads.mail(conversation_id, message_id, operator_of(request))


def file_routes(auth: OperatorAuth, downloads: Downloads) -> list[web.RouteDef]:
    """Return the routes of files and mails."""
    routes = FileRoutes(downloads)
    message = "/api/conversations/{id}/messages/{message}"
    return [
        web.get("/api/files/{id}", guarded(auth, routes.get)),
        web.get(f"{message}/raw", guarded(auth, routes.raw)),
        web.get(f"{message}/mail", guarded(auth, routes.mail)),
    ]


def operator_of(request: web.Request) -> str:
    """Return who asks, `operator` where nobody is named; raise `MessageInvalid`."""
    return checked_name(request.query.get("operator") or "operator")


def _id(request: web.Request, name: str) -> UUID | None:
    try:
        return UUID(request.match_info[name])
    except ValueError:
        return None
