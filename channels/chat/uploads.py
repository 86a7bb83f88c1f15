"""Files of a session: `POST /chat/files`, as multipart/form-data or as the raw body, and back again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from uuid import UUID

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from channels.chat.errors import FileRefused
from channels.chat.gate import LONGEST_ID, Gate, bearer, visitor
from channels.downloads import file_response
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import NoSuchFile, SessionUnknown

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_CONTROLS: Final = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t\n\r\f")


def sniff(data: bytes) -> str | None:
    """Return the media type of `data` if it is one that is taken in, else None.

    PNG, JPEG, GIF, WebP and PDF by their signatures (WHATWG MIME Sniffing, section 6); plain text is
    UTF-8 without control characters. Linear in the size of `data`.
    """
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if _is_text(data) else None


def _is_text(data: bytes) -> bool:
    if not data or len(data.translate(None, _CONTROLS)) != len(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


_CHUNK: Final = 65_536
_PARTS: Final = 8
_NAME: Final = 120
_ENDINGS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "text/plain": "txt",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadedFile:
    """A file as it arrived."""

    name: str
    data: bytes


class ChatUploads:
    """Serves uploads; the session's token comes as `Authorization: Bearer`."""

    def __init__(self, desk: Desk, gate: Gate) -> None:
        self._desk = desk
        self._settings = gate.settings
        self._gate = gate
        self._slots = asyncio.Semaphore(gate.settings.uploads)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Keep one file and return its id, for use in a message's `attachments`."""
        self._gate.admit(request)
        session = await self._session(request)
        self._gate.limits.session_file(str(session.id))
        most = self._settings.file_bytes
        if (request.content_length or 0) > most + _CHUNK:
            raise _too_large(most)
        async with self._slots:
            upload = await receive_upload(request, most=most, timeout=self._settings.file_timeout)
            return await self._keep(session, upload)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Hand over a file that stands in the session's conversation; `-` in the path: the token is a header.

        A session id that can be guessed opens none.
        """
        session = await visitor(request, self._desk, self._gate, guessable=False)
        try:
            file_id = UUID(request.match_info["file"])
        except ValueError:
            raise NoSuchFile("This file does not exist.") from None
        return file_response(await self._desk.file(session, file_id))

    async def _session(self, request: web.Request) -> VisitorSession:
        token = bearer(request)
        if token is None:
            raise SessionUnknown("Send the session's token as Authorization: Bearer.")
        address = self._gate.address(request)
        self._gate.limits.address_message(address)
        # Who only adds a file is shown nothing: the token is enough, even of a signed-in person's session.
        return await self._desk.known_session(
            channel="chat", token=token[:LONGEST_ID], identity=None, needs_identity=False, guessable=False
        )

    async def _keep(self, session: VisitorSession, upload: UploadedFile) -> web.Response:
        media_type = sniff(upload.data)
        if media_type is None:
            kinds = "PNG, JPEG, GIF, WebP, PDF or plain text"
            raise FileRefused(f"This kind of file can't be taken in; send {kinds}.", code="file_type")
        name = clean_name(upload.name, media_type)
        await self._desk.begin(session)
        kept = await self._desk.keep_file(
            session_id=session.id, name=name, media_type=media_type, data=upload.data
        )
        return web.json_response(
            {"id": str(kept), "name": name, "media_type": media_type, "size": len(upload.data)}
        )


async def receive_upload(request: web.Request, *, most: int, timeout: float) -> UploadedFile:
    """Take one file of at most `most` bytes, from a form or as the raw body with X-File-Name.

    Raises `FileRefused`: file_too_large, body_timeout, bad_upload.
    """
    try:
        async with asyncio.timeout(timeout):
            if request.content_type == "multipart/form-data":
                return await _multipart(request, most)
            data = await _collect(lambda: request.content.read(_CHUNK), most)
            return UploadedFile(name=unquote(request.headers.get("X-File-Name", "")), data=data)
    except TimeoutError:
        raise FileRefused("The file did not arrive in time.", code="body_timeout") from None
    except (ValueError, HttpProcessingError):
        raise FileRefused("The upload can't be read.") from None


async def _multipart(request: web.Request, most: int) -> UploadedFile:
    reader = await request.multipart()
    for _ in range(_PARTS):
        part = await reader.next()
        if part is None:
            break
        if isinstance(part, BodyPartReader) and part.filename is not None:
            data = await _collect(lambda part=part: part.read_chunk(_CHUNK), most)  # type: ignore[misc]
            return UploadedFile(name=part.filename, data=data)
    raise FileRefused("The upload holds no file.")


async def _collect(read: Callable[[], Awaitable[bytes]], most: int) -> bytes:
    data = bytearray()
    while chunk := await read():
        data += chunk
        if len(data) > most:
            raise _too_large(most)
    return bytes(data)


def _too_large(most: int) -> FileRefused:
    return FileRefused(f"The file is larger than {most} bytes.", code="file_too_large")


def clean_name(name: str, media_type: str) -> str:
    """Return the last part of a file name, printable, at most 120 characters, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(char for char in last if char.isprintable()).strip(" .")
    return printable[-_NAME:] or f"file.{_ENDINGS[media_type]}"
