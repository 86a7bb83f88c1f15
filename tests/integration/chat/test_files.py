"""POST /chat/files: what is taken in, what is not, and whose it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from channels.chat.settings import ChatSettings, Rate
from tests.support.chat_server import Server, serve
from tests.support.fake_desk import FakeDesk

NO_FILE = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n'
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


async def upload(server: Server, token: str | None, data: Any, **headers: str) -> tuple[int, Any]:
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    async with server.http.post(f"{server.url}/chat/files", data=data, headers=headers) as response:
        return response.status, await response.json()


def form(data: bytes, name: str = "photo.png") -> aiohttp.FormData:
    fields = aiohttp.FormData()
    fields.add_field("file", data, filename=name, content_type="application/x-whatever")
    return fields


async def test_a_form_is_kept_for_its_session() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        token = (await server.greeted()).welcome["token"]
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../my photo.png"\r\n\r\n'
        form_type = {"Content-Type": "multipart/form-data; boundary=x"}
        status, body = await upload(server, token, head + PNG + b"\r\n--x--\r\n", **form_type)
        assert status == 200
        assert (body["name"], body["media_type"], body["size"]) == ("my photo.png", "image/png", len(PNG))
        [(file_id, (session_id, name, media_type, data))] = desk.files.items()
        assert str(file_id) == body["id"]
        assert session_id == desk.sessions[token].id
        assert (name, media_type, data) == ("my photo.png", "image/png", PNG)


async def test_a_raw_body_is_kept_too() -> None:
    async with serve(FakeDesk()) as server:
        token = (await server.greeted()).welcome["token"]
        headers = {"X-File-Name": "Gr%C3%BC%C3%9Fe.txt", "Content-Type": "application/octet-stream"}
        status, body = await upload(server, token, "Grüße".encode(), **headers)
        assert status == 200
        assert (body["name"], body["media_type"], body["size"]) == ("Grüße.txt", "text/plain", 7)


@pytest.mark.parametrize("token", [None, "", "never-issued"])
async def test_without_a_session_nothing_is_taken(token: str | None) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        status, body = await upload(server, token, form(PNG))
        assert (status, body["error"]["code"]) == (401, "unknown_session")
        assert not desk.files


@pytest.mark.parametrize(
    "data",
    [b"MZ\x90\x00", b"PK\x03\x04", b"\x00", b"", b"\xff\xfe\x00", b"text with \x1b[31m", b"\x7fELF"],
)
async def test_other_kinds_are_415_whatever_they_call_themselves(data: bytes) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        token = (await server.greeted()).welcome["token"]
        status, body = await upload(server, token, form(data, "photo.png"))
        assert (status, body["error"]["code"]) == (415, "file_type")
        assert not desk.files


@pytest.mark.parametrize("as_form", [True, False])
async def test_files_over_the_limit_are_413(as_form: bool) -> None:
    desk = FakeDesk()
    async with serve(desk, ChatSettings(file_bytes=1_000)) as server:
        token = (await server.greeted()).welcome["token"]
        fits, big = PNG.ljust(1_000), PNG.ljust(1_001)
        status, _ = await upload(server, token, form(fits) if as_form else fits)
        assert status == 200
        for data in (big, PNG.ljust(200_000)):
            status, body = await upload(server, token, form(data) if as_form else data)
            assert (status, body["error"]["code"]) == (413, "file_too_large")
        assert len(desk.files) == 1


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"not a form", "multipart/form-data; boundary=x"),
        (b"not a form", "multipart/form-data"),
        (NO_FILE, "multipart/form-data; boundary=x"),
        (b"--x\r\n" + b"A" * 100_000, "multipart/form-data; boundary=x"),
    ],
)
async def test_broken_forms_are_400(data: bytes, content_type: str) -> None:
    async with serve(FakeDesk()) as server:
        token = (await server.greeted()).welcome["token"]
        status, body = await upload(server, token, data, **{"Content-Type": content_type})
        assert (status, body["error"]["code"]) == (400, "bad_upload")


async def test_uploads_have_a_rate_of_their_own() -> None:
    async with serve(FakeDesk(), ChatSettings(session_files=Rate(burst=1, per_minute=60))) as server:
        token = (await server.greeted()).welcome["token"]
        assert (await upload(server, token, form(PNG)))[0] == 200
        status, body = await upload(server, token, form(PNG))
        assert (status, body["error"]["code"], body["error"]["retry_after"]) == (429, "rate_limited", 1.0)


async def got(server: Server, path: str, token: str | None = None) -> tuple[int, str, bytes]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with server.http.get(f"{server.url}{path}", headers=headers) as response:
        return response.status, response.headers["Content-Type"], await response.read()


async def test_a_customer_gets_their_own_file_and_nobody_else_does(tmp_path: Path) -> None:
    desk = FakeDesk()
    desk.folder = tmp_path
    async with serve(desk) as server:
        token = (await server.greeted()).welcome["token"]
        other = (await server.greeted()).welcome["token"]
        _, body = await upload(server, token, form(PNG))
        assert await got(server, f"/chat/{token}/files/{body['id']}") == (200, "image/png", PNG)
        assert await got(server, f"/chat/-/files/{body['id']}", token) == (200, "image/png", PNG)
        for path, bearer, status, code in (
            (f"/chat/{other}/files/{body['id']}", None, 404, "unknown_file"),
            (f"/chat/-/files/{body['id']}", other, 404, "unknown_file"),
            (f"/chat/{token}/files/x", None, 404, "unknown_file"),
            (f"/chat/-/files/{body['id']}", None, 401, "unknown_session"),
            (f"/chat/never-issued/files/{body['id']}", None, 401, "unknown_session"),
        ):
            found, _, data = await got(server, path, bearer)
            assert (found, json.loads(data)["error"]["code"]) == (status, code)
