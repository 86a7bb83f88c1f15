"""Files that operators send: by mail as attachments, in the chat as links, to nobody else."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from aiohttp import ClientSession

from tests.integration.mail.post import Post, letter, open_post
from tests.integration.mail.test_mail_files import command

PDF = b"%PDF-1.7\n" + b"x" * 2000
ICS = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"


async def asked(post: Post, path: str, **options: Any) -> tuple[int, Any]:
    operator = post.app.secrets.operator.get_secret_value()
    headers = {"Authorization": f"Bearer {operator}", **options.pop("headers", {})}
    async with ClientSession(headers=headers) as client, client.post(post.http + path, **options) as response:
        return response.status, await response.json()


async def test_an_operators_files_go_out_with_the_mail(database_url: str, home: Path) -> None:
    bill, date = home / "Rechnung März.pdf", home / "call.ics"
    async with open_post(database_url, home) as post:
        bill.write_bytes(PDF)
        date.write_bytes(ICS)
        await post.send(letter("What is your return policy?", Message_ID="<q1@example.com>"))
        await post.answered(1)
        conversation = str(await post.database.fetchval("SELECT id FROM conversations"))
        arguments = ("conversations", "reply", conversation, "Here they are.", "--operator", "Lee")
        code, _ = await command(post, home, *arguments, "--file", str(bill), "--file", str(date))
        assert code == 0
        mail = await post.answered(2)
        assert mail.get_content_type() == "multipart/mixed"
        files = list(mail.iter_attachments())
        assert [each.get_filename() for each in files] == ["Rechnung März.pdf", "call.ics"]
        assert [each.get_content_type() for each in files] == ["application/pdf", "text/calendar"]
        assert files[1].get_param("method") == "PUBLISH"
        assert [each.get_payload(decode=True) for each in files] == [PDF, ICS]
        assert mail["Auto-Submitted"] is None

        # programs, unknown ids and files that were sent are refused, and then nothing is posted
        headers = {"X-File-Name": "run.exe"}
        status, body = await asked(post, "/api/files", data=b"MZ" + b"\0" * 100, headers=headers)
        assert (status, body["error"]["code"]) == (415, "file_type")
        sent = await post.database.fetchval("SELECT id FROM files WHERE name = 'call.ics'")
        for wrong in (sent, uuid4()):
            status, body = await asked(
                post,
                f"/api/conversations/{conversation}/reply",
                json={"operator": "Lee", "text": "again", "attachments": [{"id": str(wrong)}]},
            )
            assert (status, body["error"]["code"]) == (400, "file_unknown")
        assert await post.database.fetchval("SELECT count(*) FROM messages WHERE author = 'operator'") == 1


async def test_an_operators_file_is_in_the_chat_of_its_customer_alone(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post, ClientSession() as client:
        tokens = [str(uuid4()), str(uuid4())]
        conversations = []
        for token in tokens:
            async with client.post(
                f"{post.http}/chat", json={"session_id": token, "message": "What is your return policy?"}
            ) as response:
                conversations.append((await response.json())["conversation"])
        headers = {"X-File-Name": "bill.pdf"}
        status, kept = await asked(post, "/api/files?operator=Lee", data=PDF, headers=headers)
        assert (status, kept["media_type"], kept["size"]) == (200, "application/pdf", len(PDF))
        path = f"/api/conversations/{conversations[0]}/reply"
        assert (await asked(post, path, json={"text": "Your bill", "attachments": [{"id": kept["id"]}]}))[
            0
        ] == 200

        async with client.ws_connect(f"{post.http}/chat/ws") as socket:
            await socket.send_json({"type": "hello", "token": tokens[0], "identity": None, "after": 0})
            while (frame := await socket.receive_json(timeout=20)).get("author") != "operator":
                pass
        assert frame["attachments"] == [
            {"id": kept["id"], "name": "bill.pdf", "media_type": "application/pdf", "size": len(PDF)}
        ]
        async with client.get(f"{post.http}/chat/{tokens[0]}/files/{kept['id']}") as response:
            assert (response.status, await response.read()) == (200, PDF)
            assert response.headers["Content-Disposition"] == 'attachment; filename="bill.pdf"'
        async with client.get(f"{post.http}/chat/{tokens[1]}/files/{kept['id']}") as response:
            assert (response.status, (await response.json())["error"]["code"]) == (404, "unknown_file")

        # the customer's own file is named in their own message after a reload
        headers, png = {"Authorization": f"Bearer {tokens[0]}"}, b"\x89PNG\r\n\x1a\n1234"
        async with client.post(f"{post.http}/chat/files", headers=headers, data=png) as response:
            own = await response.json()
        async with client.ws_connect(f"{post.http}/chat/ws") as socket:
            hello = {"type": "hello", "token": tokens[0], "identity": None, "after": 0, "history": True}
            await socket.send_json(hello)
            message = {
                "type": "message",
                "id": str(uuid4()),
                "text": "a photo",
                "attachments": [{"id": own["id"]}],
            }
            await socket.send_json(message)
            while (frame := await socket.receive_json(timeout=20))["type"] != "ack":
                pass
        async with client.ws_connect(f"{post.http}/chat/ws") as socket:
            await socket.send_json(hello)
            while (frame := await socket.receive_json(timeout=20)).get("text") != "a photo":
                pass
        assert [each["id"] for each in frame["attachments"]] == [own["id"]]
        async with client.get(f"{post.http}/chat/{tokens[1]}/files/{own['id']}") as response:
            assert response.status == 404


async def test_a_follow_up_brings_the_files_of_its_message(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post, ClientSession() as client:
        now = int(time.time())
        claims = {"sub": "ada", "email": "ada@example.com", "email_verified": True, "aud": "switchboard"}
        secret = post.app.secrets.identity.get_secret_value()
        identity = jwt.encode({**claims, "iat": now, "exp": now + 300}, secret, algorithm="HS256")
        question = {"message": "What is your return policy?", "identity": identity}
        async with client.post(f"{post.http}/chat", json=question) as response:
            conversation = (await response.json())["conversation"]
        kept = (await asked(post, "/api/files", data=PDF, headers={"X-File-Name": "bill.pdf"}))[1]
        path = f"/api/conversations/{conversation}/reply"
        reply = {"operator": "Lee", "text": "Your bill", "attachments": [{"id": kept["id"]}]}
        assert (await asked(post, path, json=reply))[0] == 200
        await post.database.execute("UPDATE letters SET available_at = now()")
        post.app.postman.wake()
        mail = await post.answered(1)
        assert [each.get_filename() for each in mail.iter_attachments()] == ["bill.pdf"]
        assert (mail["To"], mail["Auto-Submitted"]) == ("ada@example.com", None)


async def test_what_was_uploaded_for_nobody_is_forgotten(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        kept = [
            (await asked(post, "/api/files", data=data, headers={"X-File-Name": name}))[1]["id"]
            for name, data in (("a.pdf", PDF), ("b.pdf", PDF), ("c.txt", b"words"))
        ]
        await post.database.execute(
            "UPDATE files SET created_at = now() - interval '25 hours' WHERE id = ANY($1)", [kept[0], kept[2]]
        )
        files = post.app.files
        assert await files.forget_unused() == 1  # the other PDF names the same content
        rows = await post.database.fetch("SELECT id, sha256 FROM files")
        assert [str(row["id"]) for row in rows] == [kept[1]]
        assert files.path(rows[0]["sha256"]).read_bytes() == PDF
        assert len([each for each in (home / "files").rglob("*") if each.is_file()]) == 1
