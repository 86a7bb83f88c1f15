"""Operators open what a mail brought: its files, its source, the whole of it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.integration.mail.post import Post, open_post

ROOT = Path(__file__).resolve().parents[3]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
RAW = b"\r\n".join(
    [
        b"From: Ada <ada@example.com>",
        b"To: support@localhost",
        b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        b"Message-ID: <q1@example.com>",
        b"MIME-Version: 1.0",
        b"Content-Type: multipart/mixed; boundary=b",
        b"",
        b"--b",
        b"Content-Type: multipart/alternative; boundary=c",
        b"",
        b"--c",
        b"",
        b"What is your return policy?",
        b"--c",
        b"Content-Type: text/html",
        b"",
        b"<p>What is your <b>return</b> policy?<script>x()</script></p>",
        b"--c--",
        b"--b",
        b"Content-Type: image/png",
        b"Content-Disposition: attachment; filename*=utf-8''Schuh%20%C3%BC.png",
        b"Content-Transfer-Encoding: base64",
        b"",
        b"iVBORw0KGgo" + b"A" * 52 + b"=",
        b"--b",
        b"Content-Type: text/html; name=page.html",
        b"Content-Disposition: attachment; filename=page.html",
        b"",
        b"<html><script>alert(1)</script></html>",
        b"--b--",
        b"",
    ]
)


async def fetched(post: Post, path: str, *, token: bool = True) -> tuple[int, dict[str, str], bytes]:
    operator = post.app.secrets.operator.get_secret_value()
    headers = {"Authorization": f"Bearer {operator}"} if token else {}
    async with ClientSession(headers=headers) as client, client.get(post.http + path) as response:
        return response.status, dict(response.headers), await response.read()


async def command(post: Post, home: Path, *arguments: str) -> tuple[int, bytes]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SWITCHBOARD_")},
        "PYTHONPATH": str(ROOT),
        "SWITCHBOARD_HOME": str(home),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switchboard", *arguments, "--url", post.http),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out


async def test_an_operator_opens_what_a_mail_brought(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(RAW)
        await post.answered(1)
        conversation = await post.database.fetchval("SELECT id FROM conversations")
        shown: dict[str, Any] = json.loads((await fetched(post, f"/api/conversations/{conversation}"))[2])
        [question, answer] = [entry for entry in shown["timeline"] if entry["kind"] == "message"]
        [photo, page] = question["files"]
        message = f"/api/conversations/{conversation}/messages/{question['id']}"

        status, headers, data = await fetched(post, f"/api/files/{photo['id']}?operator=Ann")
        assert status == 200
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert headers["Content-Type"] == "image/png"
        assert headers["Content-Disposition"] == (
            "attachment; filename=\"Schuh _.png\"; filename*=UTF-8''Schuh%20%C3%BC.png"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in headers["Content-Security-Policy"]
        _, headers, data = await fetched(post, f"/api/files/{page['id']}")
        assert headers["Content-Type"] == "application/octet-stream"
        assert b"alert(1)" in data

        status, headers, data = await fetched(post, f"{message}/raw?operator=Ann")
        assert (status, data, headers["Content-Type"]) == (200, RAW, "message/rfc822")
        assert headers["Content-Disposition"].startswith("attachment;")
        assert message_from_bytes(data, policy=policy.default)["Message-ID"] == "<q1@example.com>"
        view = json.loads((await fetched(post, f"{message}/mail"))[2])
        assert {"name": "subject", "value": "Grüße"} in view["headers"]
        assert view["text"].strip() == "What is your return policy?"
        assert view["html_text"].strip() == "What is your return policy?"
        assert [each["name"] for each in view["attachments"]] == ["Schuh ü.png", "page.html"]

        # what is no mail, nothing, or asked for by nobody
        other = f"/api/conversations/{conversation}/messages/{answer['id']}/raw"
        for path, expected, slug in (
            (other, 404, "not_a_mail"),
            (f"/api/conversations/{photo['id']}/messages/{question['id']}/raw", 404, "unknown_message"),
            (f"/api/conversations/{conversation}/messages/x/raw", 404, "unknown_message"),
            (f"/api/files/{question['id']}", 404, "unknown_file"),
            ("/api/files/x", 404, "unknown_file"),
        ):
            found, _, data = await fetched(post, path)
            assert (found, json.loads(data)["error"]["code"]) == (expected, slug)
        for path in (f"/api/files/{photo['id']}", f"{message}/raw", f"{message}/mail"):
            assert (await fetched(post, path, token=False))[0] == 401

        rows = await post.database.fetch(
            "SELECT actor, action, subject, conversation_id FROM audit"
            " WHERE action LIKE '%.opened' ORDER BY id"
        )
        assert [tuple(row) for row in rows[:1]] == [
            ("operator:Ann", "file.opened", f"file:{photo['id']}", conversation)
        ]
        assert ("operator:Ann", "mail.opened", f"message:{question['id']}", conversation) in map(tuple, rows)

        code, out = await command(post, home, "conversations", "files", str(conversation))
        assert code == 0
        assert f"{photo['id']}  customer   image/png" in out.decode()
        out_path = home / "shoe.png"
        code, _ = await command(post, home, "files", "get", photo["id"], "--out", str(out_path))
        assert code == 0
        assert out_path.read_bytes().startswith(b"\x89PNG")
        assert (await command(post, home, "files", "get", photo["id"], "--out", str(out_path)))[0] == 1
        assert await command(post, home, "conversations", "raw", str(conversation), question["id"]) == (
            0,
            RAW,
        )
