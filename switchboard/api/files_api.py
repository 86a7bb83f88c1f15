"""`/api/files` and the mails behind messages: what operators download, and what they send."""

from __future__ import annotations

import asyncio
import mimetypes
from functools import partial
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from typing_extensions import TypedDict

from channels.chat.errors import ChatError, FileRefused
from channels.chat.gate import error_response
from channels.chat.uploads import UploadedFile, receive_upload
from channels.downloads import download_headers, file_response
from channels.mail.file_kinds import EXECUTABLE, clean_name, is_program, sniff
from channels.mail.html.readable_text import html_to_text
from channels.mail.mime.decoding import Notes, clean_line
from channels.mail.mime.encodings import decode_words
from channels.mail.mime.head import read_headers
from channels.mail.parse import parse_mail
from orchestrator.conversation.kept_files import Downloads
from orchestrator.errors import MessageUnknown, NoSuchFile
from switchboard.api.common import OperatorQuery, answer, path_id, query
from switchboard.api.route import FILE, ApiRoute, get, post

LARGEST: Final = 20 * 1024 * 1024
"""Bytes of one file an operator sends."""
UPLOADS: Final = 4
"""Uploads held in memory at the same time."""
UPLOAD_TIMEOUT: Final = 120.0


class KeptFileAnswer(TypedDict):
    """A file that was taken in; its id goes into a message's `attachments`."""

    id: UUID
    name: str
    media_type: str
    size: int


class MailHeader(TypedDict):
    """One header, decoded."""

    name: str
    value: str


class ShownAttachment(TypedDict):
    """A file of a mail; `note` says why it was left out."""

    name: str
    media_type: str
    size: int
    note: str | None


class MailAnswer(TypedDict):
    """A whole mail to be read; nothing in it is markup."""

    headers: list[MailHeader]
    subject: str
    text: str
    html_text: str | None
    attachments: list[ShownAttachment]
    size: int


class FileRoutes:
    """Serves files and mails to operators; `?operator=` says who looks."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads
        self._slots = asyncio.Semaphore(UPLOADS)

    def routes(self) -> list[ApiRoute]:
        """Return the routes."""
        message = "/api/conversations/{id}/messages/{message}"
        named = partial(get, query=OperatorQuery, errors=(404,))
        return [
            post(
                "/api/files",
                "Send a file up, for a reply",
                self.post,
                KeptFileAnswer,
                query=OperatorQuery,
                uploads=True,
                errors=(408, 413, 415),
            ),
            named("/api/files/{id}", "Get a file", self.get, FILE),
            named(f"{message}/raw", "Get the mail behind a message as it came", self.raw, "message/rfc822"),
            named(f"{message}/mail", "Read the mail behind a message", self.mail, MailAnswer),
        ]

    async def post(self, request: web.Request) -> web.StreamResponse:
        """POST /api/files"""
        operator = query(request, OperatorQuery).name
        try:
            async with self._slots:
                upload = await receive_upload(request, most=LARGEST, timeout=UPLOAD_TIMEOUT)
                return await self._kept(upload, operator)
        except ChatError as error:
            return error_response(error)

    async def _kept(self, upload: UploadedFile, operator: str) -> web.Response:
        declared = mimetypes.guess_type(upload.name)[0] or ""
        media_type = sniff(upload.data, upload.name, declared)
        if media_type == EXECUTABLE or is_program(upload.name):
            raise FileRefused("Programs are not sent.", code="file_type")
        name = clean_name(upload.name, media_type, 1)
        file_id = await self._downloads.keep(operator, name=name, media_type=media_type, data=upload.data)
        return answer({"id": file_id, "name": name, "media_type": media_type, "size": len(upload.data)})

    async def get(self, request: web.Request) -> web.StreamResponse:
        """GET /api/files/{id}"""
        file_id = path_id(request, NoSuchFile("This file does not exist."))
        return file_response(await self._downloads.file(file_id, query(request, OperatorQuery).name))

    async def raw(self, request: web.Request) -> web.StreamResponse:
        """GET /api/conversations/{id}/messages/{message}/raw"""
        raw = await self._mail(request)
        name = f"{request.match_info['message']}.eml"
        return web.Response(body=raw, headers=download_headers(name, "message/rfc822"))

    async def mail(self, request: web.Request) -> web.StreamResponse:
        """GET /api/conversations/{id}/messages/{message}/mail"""
        return answer(await asyncio.to_thread(mail_view, await self._mail(request)))

    async def _mail(self, request: web.Request) -> bytes:
        otherwise = MessageUnknown("There is no such message in this conversation.")
        conversation_id, message_id = path_id(request, otherwise), path_id(request, otherwise, "message")
        return await self._downloads.mail(conversation_id, message_id, query(request, OperatorQuery).name)


MOST_HEADERS = 200
LONGEST_HEADER = 2_000
LONGEST_TEXT = 200_000


def mail_view(raw: bytes) -> dict[str, Any]:
    """Return a mail as a JSON object. Nothing in it is markup; texts are bounded (200,000 characters)."""
    mail = parse_mail(raw)
    html = html_to_text(mail.html)[0] if mail.html else None
    return {
        "headers": _headers(raw),
        "from": {"address": mail.from_address, "name": mail.from_name},
        "to": mail.to,
        "cc": mail.cc,
        "reply_to": mail.reply_to,
        "subject": mail.subject,
        "date": mail.date,
        "message_id": mail.message_id,
        "text": mail.text[:LONGEST_TEXT],
        "html_text": html[:LONGEST_TEXT] if html is not None else None,
        "attachments": [
            {"name": each.name, "media_type": each.media_type, "size": each.size, "note": each.note}
            for each in mail.attachments
        ],
        "automatic": mail.automatic,
        "security": mail.security,
        "notes": mail.notes,
        "size": len(raw),
    }


def _headers(raw: bytes) -> list[dict[str, str]]:
    head, _ = read_headers(raw, 0, len(raw), Notes(), whole=True)
    return [
        {"name": name, "value": clean_line(decode_words(head.decoded(value)), LONGEST_HEADER)}
        for name, value in head.fields[:MOST_HEADERS]
    ]
