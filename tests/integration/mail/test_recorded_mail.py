"""Mails that nobody is answered for: operators list them, read them, and take one up; loops end."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from tests.integration.mail.post import Post, letter, open_post, said
from tests.integration.start.command import environment

QUESTION = "What is your return policy?"
TICKET = "Thank you for contacting us. We will answer soon, your ticket {} was created."


async def asked(
    post: Post, path: str, body: dict[str, Any] | None = None, *, token: str | None = None
) -> tuple[int, Any]:
    """Return status and JSON of one request of an operator."""
    token = post.app.secrets.operator.get_secret_value() if token is None else token
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        ClientSession(headers=headers) as client,
        client.request("GET" if body is None else "POST", post.http + path, json=body) as response,
    ):
        return response.status, await response.json()


async def test_operators_see_recorded_mails_and_take_one_up(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, subject="Bulk", Precedence="bulk"))
        await post.settled(1)
        await post.send(letter("From a form.", subject="Form", sender="no-reply@site.example"))
        await post.settled(2)
        status, first = await asked(post, "/api/mails?state=recorded&limit=1")
        assert (status, [each["reason"] for each in first["items"]]) == (200, ["no_reply"])
        status, page = await asked(post, f"/api/mails?state=recorded&cursor={first['next']}")
        [bulk] = page["items"]
        assert (bulk["reason"], bulk["from"], bulk["subject"]) == ("bulk", "ada@example.com", "Bulk")
        status, whole = await asked(post, f"/api/mails/{bulk['id']}")
        assert QUESTION in whole["text"]
        path = f"/api/mails/{bulk['id']}/accept"
        status, taken = await asked(post, path, {"operator": "Ann"})
        assert (status, taken["state"], taken["accepted_by"]) == (200, "accepted", "Ann")
        assert await asked(post, path, {"operator": "Bob"}) == (200, taken)
        assert (await post.answered(1))["To"] == "ada@example.com"
        status, shown = await asked(post, f"/api/conversations/{taken['conversation']}")
        assert QUESTION in shown["timeline"][0]["text"]
        noted = await post.database.fetch("SELECT actor, action FROM audit WHERE action = 'mail.accepted'")
        assert [(row["actor"], row["action"]) for row in noted] == [("operator:Ann", "mail.accepted")]

        path = f"/api/mails/{first['items'][0]['id']}/accept"
        status, refused = await asked(post, path, {})
        assert (status, refused["error"]["code"]) == (409, "conflict")
        assert (await asked(post, path, {"from": "support@localhost"}))[0] == 409
        assert (await asked(post, path, {"from": "nobody"}))[0] == 400
        status, taken = await asked(post, path, {"from": "bert@bert.example.org", "answer": False})
        assert (status, taken["from"], taken["form"]) == (
            200,
            "bert@bert.example.org",
            "no-reply@site.example",
        )
        held = await post.database.fetchrow(
            "SELECT owner, status FROM conversations WHERE id = $1::text::uuid", taken["conversation"]
        )
        assert (held["owner"], held["status"]) == ("queue", "human")
        assert len(post.answers()) == 1

        assert (await asked(post, "/api/mails", token="wrong"))[0] == 401
        assert (await asked(post, "/api/mails?state=lost"))[0] == 400
        assert (await asked(post, f"/api/mails/{taken['conversation']}"))[0] == 404
        assert (await asked(post, "/api/mails/x/accept", {}))[0] == 404


async def command(post: Post, *arguments: str) -> str:
    """Run `switchboard mail` as an operator does and return what it printed."""
    token = post.app.secrets.operator.get_secret_value()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "switchboard", "mail", *arguments, "--url", post.http),
        env=environment(SWITCHBOARD_OPERATOR_TOKEN=token),
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert process.returncode == 0
    return out.decode()


async def test_a_duplicate_that_an_operator_wants_becomes_a_message(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        for number in (1, 2):
            await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
            await post.settled(number)
        listed = await command(post, "list", "--reason", "duplicate")
        [line] = listed.splitlines()
        assert "ada@example.com" in line
        mail_id = line.split()[0]
        assert QUESTION in await command(post, "open", mail_id)
        assert " accepted " in await command(post, "accept", mail_id, "--no-answer", "--operator", "Ann")
        assert await post.database.fetchval("SELECT count(*) FROM messages WHERE author = 'customer'") == 2
        assert await post.database.fetchval("SELECT count(*) FROM conversations") == 1


async def test_a_ticket_system_without_marks_gets_one_answer(database_url: str, home: Path) -> None:
    sender = "help@other.example.net"
    async with open_post(database_url, home) as post:
        await post.send(letter(TICKET.format(4711), sender=sender, Message_ID="<t0@other>"), sender=sender)
        answer = await post.answered(1)
        for number in range(1, 6):
            quote = said(answer).replace("\n", "\n> ")
            text = f"{TICKET.format(4711)}\n\nOn Friday, Lindenhof Supply wrote:\n> {quote}"
            raw = letter(
                text, sender=sender, Message_ID=f"<t{number}@other>", In_Reply_To=answer["Message-ID"]
            )
            await post.send(raw, sender=sender)
            await post.settled(number + 1)
        rows = await post.settled(6)
        assert [row["reason"] for row in rows] == [None, *["same_words"] * 5]
        assert len(post.answers()) == 1
        _, shown = await asked(post, f"/api/conversations/{rows[0]['conversation_id']}")
        assert [each["reason"] for each in shown["timeline"] if each["kind"] == "mail"] == ["same_words"] * 5


async def test_new_numbers_do_not_keep_a_loop_alive(database_url: str, home: Path) -> None:
    sender = "help@other.example.net"
    async with open_post(database_url, home) as post:
        answer: dict[str, str] = {}
        for number in range(5):
            raw = letter(
                TICKET.format(4711 + number), sender=sender, Message_ID=f"<t{number}@other>", **answer
            )
            await post.send(raw, sender=sender)
            await post.settled(number + 1)
            if number < 3:
                answer = {"In_Reply_To": (await post.answered(number + 1))["Message-ID"]}
        assert len(post.answers()) == 3
        assert await post.database.fetchval("SELECT owner FROM conversations") == "queue"
        assert "again" in await post.database.fetchval("SELECT reason FROM handoffs LIMIT 1")


async def test_other_answers_below_the_same_words_are_another_message(database_url: str, home: Path) -> None:
    words = "Please see my answers to your questions below.\n\nOn Friday, Lindenhof Supply wrote:\n> {}\n\n{}"
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<y0@example.com>"))
        for number, own in enumerate(("It is size 43.", "No, the box is open."), start=1):
            last = await post.answered(number)
            text = words.format(said(last).replace("\n", "\n> "), own)
            raw = letter(text, Message_ID=f"<y{number}@example.com>", In_Reply_To=last["Message-ID"])
            await post.send(raw)
        await post.answered(3)
        assert await post.database.fetchval("SELECT count(*) FROM mails WHERE state = 'recorded'") == 0


async def test_a_customers_short_words_may_come_again(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        answer: dict[str, str] = {}
        for number, text in enumerate((QUESTION, "Yes, please.", "Yes, please.")):
            await post.send(letter(text, Message_ID=f"<y{number}@example.com>", **answer))
            answer = {"In_Reply_To": (await post.answered(number + 1))["Message-ID"]}
        assert await post.database.fetchval("SELECT count(*) FROM mails WHERE state = 'recorded'") == 0
