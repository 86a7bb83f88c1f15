"""From a mail to its answer: threads, copies, automatic mail, bounces, believed and unbelieved senders."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import SMTP
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import ClientSession
from aiosmtpd import smtp
from pydantic import SecretStr

from orchestrator.mail.mail_types import KeptMail
from orchestrator.mail.spool import KeptMails
from tests.integration.mail.post import Post, letter, open_post, said

QUESTION = "What is your return policy?"


async def test_a_mail_is_answered_in_its_thread(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(
            letter(QUESTION, subject="Returns", Message_ID="<q1@example.com>", References="<q0@example.com>")
        )
        answer = await post.answered(1)
        assert "30 days" in said(answer)
        assert answer["To"] == "ada@example.com"
        assert answer["Subject"] == "Re: Returns"
        assert answer["In-Reply-To"] == "<q1@example.com>"
        assert answer["References"] == "<q0@example.com> <q1@example.com>"
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["Reply-To"].startswith("support+")


async def test_a_thread_goes_on_by_ids_or_by_token_even_under_another_subject(
    database_url: str, home: Path
) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        first = await post.answered(1)
        quoted = "And who pays for it?\n\nOn Friday, Lindenhof Supply wrote:\n> " + said(first).replace(
            "\n", "\n> "
        )
        await post.send(
            letter(quoted, subject="Other", Message_ID="<q2@example.com>", In_Reply_To=first["Message-ID"])
        )
        second = await post.answered(2)
        assert "4.90" in said(second)
        await post.send(
            letter("Thanks!", subject="Thanks", Message_ID="<q3@example.com>"), to=second["Reply-To"]
        )
        third = await post.answered(3)
        quoted = "> " + said(third).replace("\n", "\n> ") + "\n\nHow long does shipping to Austria take?"
        await post.send(
            letter(
                quoted, subject="Re: Thanks", Message_ID="<q4@example.com>", In_Reply_To=third["Message-ID"]
            )
        )
        assert (await post.answered(4))["References"] == f"{third['Message-ID']} <q4@example.com>"
        assert await post.database.fetchval("SELECT count(*) FROM conversations") == 1
        texts = await post.database.fetch("SELECT text FROM messages WHERE author = 'customer' ORDER BY seq")
        assert texts[1]["text"] == "Subject: Other\n\nAnd who pays for it?"


async def test_an_id_that_strangers_share_does_not_merge_them(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        first = await post.answered(1)
        await post.send(
            letter("And what did she ask?", sender="eve@example.net", In_Reply_To=first["Message-ID"]),
            sender="eve@example.net",
            to=first["Reply-To"],
        )
        await post.answered(2)
        assert await post.database.fetchval("SELECT count(*) FROM conversations") == 2
        assert await post.database.fetchval("SELECT count(DISTINCT customer_id) FROM conversations") == 2


async def test_the_same_mail_twice_is_answered_once(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        await post.answered(1)
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        rows = await post.settled(2)
        assert [(row["state"], row["reason"]) for row in rows] == [
            ("accepted", None),
            ("recorded", "duplicate"),
        ]
        assert len(post.answers()) == 1


async def test_automatic_mail_is_recorded_and_never_answered(database_url: str, home: Path) -> None:
    mails = [
        letter("I am away.", Auto_Submitted="auto-replied"),
        letter("News!", Precedence="bulk"),
        letter("News!", List_Id="<news.example.com>"),
        letter("Quiet.", X_Auto_Response_Suppress="All"),
        letter("From ourselves.", sender="support@localhost"),
    ]
    async with open_post(database_url, home) as post:
        for raw in mails:
            await post.send(raw)
        await post.send(letter("Null sender."), sender="")
        rows = await post.settled(6)
        assert all(row["state"] == "recorded" and row["reason"] for row in rows)
        assert await post.database.fetchval("SELECT count(*) FROM turns") == 0
        assert post.answers() == []


async def test_an_unproven_sender_gets_no_personal_data(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter("Where is my order 1042?", Message_ID="<q1@example.com>"))
        answer = await post.answered(1)
        assert not any(word in said(answer) for word in ("shipped", "84.50", "Tracking", "24 November"))
        assert await post.database.fetchval("SELECT trust FROM mails") == 1


async def test_a_sender_that_the_named_server_believes_gets_the_answer(database_url: str, home: Path) -> None:
    proof = "mx.example.org; dmarc=pass header.from=example.com; spf=pass smtp.mailfrom=example.com"
    async with open_post(database_url, home, mail={"authserv_id": "mx.example.org"}) as post:
        await post.send(letter("Where is my order 1042?", Authentication_Results=proof))
        assert "84.50" in said(await post.answered(1))
        forged = proof.replace("mx.example.org", "mx.evil.example")
        await post.send(letter("Where is my order 1042?", Authentication_Results=forged))
        assert "84.50" not in said(await post.answered(2))


async def test_a_bounce_of_our_answer_reaches_the_operators(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        answer = await post.answered(1)
        report = (
            "From: MAILER-DAEMON@mx.example.com\r\nTo: support@localhost\r\nSubject: Undelivered\r\n"
            "MIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
            "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n"
            "Final-Recipient: rfc822; ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
            "--b\r\nContent-Type: text/rfc822-headers\r\n\r\n"
            f"Message-ID: {answer['Message-ID']}\r\n\r\n--b--\r\n"
        )
        await post.send(report.encode(), sender="")
        await post.settled(2)
        assert await post.database.fetchval("SELECT state FROM deliveries") == "failed"
        assert "no such user" in await post.database.fetchval("SELECT reason FROM handoffs")
        assert len(post.answers()) == 1


async def test_somebody_who_writes_too_often_gets_a_human_instead(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, mail={"answers_per_hour": 2}) as post:
        for number in range(2):
            await post.send(letter(QUESTION, Message_ID=f"<q{number}@example.com>"))
            await post.answered(number + 1)
        await post.send(letter(QUESTION, Message_ID="<q9@example.com>"))
        await post.settled(3)
        assert await post.database.fetchval("SELECT count(*) FROM conversations WHERE owner = 'queue'") == 1
        assert len(post.answers()) == 2


async def test_files_come_with_the_message_and_raw_mails_are_kept(database_url: str, home: Path) -> None:
    raw = (
        b"From: ada@example.com\r\nTo: support@localhost\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
        b"See the picture.\r\n--b\r\nContent-Type: image/png; name=p.png\r\n"
        b"Content-Disposition: attachment; filename=p.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r\n"
        b"--b--\r\n"
    )
    async with open_post(database_url, home) as post:
        await post.send(raw)
        [row] = await post.settled(1)
        file = await post.database.fetchrow("SELECT name, media_type, sha256 FROM files")
        assert (file["name"], file["media_type"]) == ("p.png", "image/png")
        assert (home / "files" / file["sha256"][:2] / file["sha256"]).exists()
        assert (home / "raw" / row["sha256"][:2] / row["sha256"]).read_bytes() == raw
        assert row["raw"] is None


@contextmanager
def nothing_read(post: Post) -> Iterator[None]:
    """Let the gateway's own reader find nothing within the block."""

    async def nothing(free: int) -> list[KeptMail]:
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(post.app.mail.reader, "claim", nothing)
        yield


async def test_a_mail_whose_reader_died_is_read_again(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        with nothing_read(post):
            await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
            [claimed] = await KeptMails(post.database, home).claim(
                1, 5
            )  # nothing more is heard of this reader
            assert isinstance(claimed.id, UUID)
            await post.database.execute("UPDATE mails SET available_at = now()")
        assert "30 days" in said(await post.answered(1))
        assert len(post.answers()) == 1


async def test_an_encrypted_mail_is_answered_honestly_and_without_the_model(
    database_url: str, home: Path
) -> None:
    raw = (
        b"From: ada@example.com\r\nTo: support@localhost\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b\r\n\r\n'
        b"--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ==\r\n"
        b"-----END PGP MESSAGE-----\r\n--b--\r\n"
    )
    async with open_post(database_url, home) as post:
        await post.send(raw)
        assert "encrypted" in said(await post.answered(1))
        assert await post.database.fetchval("SELECT count(*) FROM requests") == 0


async def test_our_own_answer_that_comes_back_is_not_answered(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        answer = await post.answered(1)
        answer.replace_header("From", "other-gateway@example.net")
        await post.send(answer.as_bytes(policy=SMTP), sender="other-gateway@example.net")
        rows = await post.settled(2)
        assert rows[1]["state"] == "recorded"
        assert len(post.answers()) == 1


async def test_a_humans_answer_goes_out_by_mail_after_the_word_that_one_is_coming(
    database_url: str, home: Path
) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter("I want to speak to a human.", subject="Help", Message_ID="<q1@example.com>"))
        assert "colleague" in said(await post.answered(1))
        conversation = await post.database.fetchval("SELECT id FROM conversations")
        token = post.app.secrets.operator.get_secret_value()
        url = f"{post.http}/api/conversations/{conversation}/reply"
        headers = {"Authorization": f"Bearer {token}"}
        body = {"operator": "Ann", "text": "Here I am, Ada."}
        async with ClientSession() as client, client.post(url, json=body, headers=headers) as response:
            assert response.status == 200
        answer = await post.answered(2)
        assert said(answer).startswith("Here I am, Ada.")
        assert (answer["Subject"], answer["In-Reply-To"]) == ("Re: Help", "<q1@example.com>")


async def test_who_wrote_an_answer_is_told_by_its_marks(database_url: str, home: Path) -> None:
    """RFC 3834: what the assistant wrote is auto-replied, what a person wrote is a person's mail."""
    proof = "mx.example.org; dmarc=pass header.from=example.com"
    head = (
        f"Authentication-Results: {proof}\r\nFrom: Ada <ada@example.com>\r\nTo: support@localhost\r\n"
        "Subject: photo\r\nMessage-ID: <q1@example.com>\r\nMIME-Version: 1.0\r\n"
    )
    parts = (
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nWhat is your return policy?\r\n'
        "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=image001.png\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n"
    )
    async with open_post(database_url, home, mail={"authserv_id": "mx.example.org"}) as post:
        await post.send((head + parts).encode())
        answer = await post.answered(1)
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["X-Auto-Response-Suppress"] == "All"
        conversation = await post.database.fetchval("SELECT id FROM conversations")
        operator = post.app.secrets.operator.get_secret_value()
        async with ClientSession(headers={"Authorization": f"Bearer {operator}"}) as client:
            url = f"{post.http}/api/conversations/{conversation}/reply"
            async with client.post(url, json={"operator": "Lee", "text": "this is Lee,\na human"}) as done:
                assert done.status == 200
        human = await post.answered(2)
        assert [human[name] for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence")] == [
            None,
            None,
            None,
        ]
        assert human["In-Reply-To"] == "<q1@example.com>"
        assert human["List-Unsubscribe"] is None
        # only her words are quoted, not what we note about her mail
        quoted = [line for line in said(human).splitlines() if line.startswith(">")]
        assert quoted == ["> What is your return policy?"]
        assert said(human).startswith("this is Lee,\na human\n")


async def test_answers_go_through_a_smarthost(database_url: str, home: Path) -> None:
    taken: list[smtp.Envelope] = []

    class Keep:
        async def handle_DATA(self, server: object, session: object, envelope: smtp.Envelope) -> str:
            taken.append(envelope)
            return "250 OK"

    loop = asyncio.get_running_loop()
    smarthost = await loop.create_server(lambda: smtp.SMTP(Keep(), hostname="localhost"), "127.0.0.1", 0)
    port = smarthost.sockets[0].getsockname()[1]
    try:
        async with open_post(database_url, home, smarthost=SecretStr(f"smtp://127.0.0.1:{port}")) as post:
            await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
            async with asyncio.timeout(40):
                while not taken:  # noqa: ASYNC110 - the server of the test has no event to wait for
                    await asyncio.sleep(0.02)
        assert taken[0].rcpt_tos == ["ada@example.com"]
        assert b"In-Reply-To: <q1@example.com>" in (taken[0].original_content or b"")
    finally:
        smarthost.close()
        await smarthost.wait_closed()


PROOF = "mx.example.org; dmarc=pass header.from={}"
BELIEVING = {"authserv_id": "mx.example.org"}


async def test_a_copy_in_a_forged_mail_opens_nobodys_conversation(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, mail=BELIEVING) as post:
        await post.send(letter(QUESTION, Authentication_Results=PROOF.format("example.com")))
        await post.answered(1)
        spoof = letter("Hello", Cc="mallory@evil.example", Message_ID="<spoof@evil.example>")
        await post.send(spoof)
        await post.answered(2)
        theft = letter(
            "Where is my order 1042?",
            sender="mallory@evil.example",
            In_Reply_To="<spoof@evil.example>",
            Authentication_Results=PROOF.format("evil.example"),
        )
        await post.send(theft, sender="mallory@evil.example")
        answer = await post.answered(3)
        assert answer["To"] == "mallory@evil.example"
        assert "84.50" not in said(answer)
        # Ada, whoever claims to be her, and Mallory.
        assert await post.database.fetchval("SELECT count(DISTINCT customer_id) FROM conversations") == 3


async def test_nobody_has_us_write_to_strangers(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, mail=BELIEVING) as post:
        await post.send(
            letter(
                QUESTION,
                Reply_To="victim@third.example",
                Cc="colleague@example.com, " + ", ".join(f"stranger{n}@third.example" for n in range(30)),
                Authentication_Results=PROOF.format("example.com"),
            )
        )
        answer = await post.answered(1)
        assert (answer["To"], answer["Cc"]) == ("ada@example.com", "colleague@example.com")


async def test_the_hourly_cap_holds_for_mails_at_once(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, mail={"answers_per_hour": 3}) as post:
        await asyncio.gather(
            *(post.send(letter(QUESTION, Message_ID=f"<{n}@example.com>")) for n in range(8))
        )
        await post.settled(8)
        assert await post.database.fetchval("SELECT count(*) FROM turns") == 3
        assert await post.database.fetchval("SELECT count(*) FROM handoffs") == 5


async def test_a_report_that_names_no_answer_of_ours_changes_nothing(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
        await post.answered(1)
        forged = (
            b"From: MAILER-DAEMON@evil.example\r\nTo: support@localhost\r\nSubject: Undelivered\r\n"
            b"MIME-Version: 1.0\r\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
            b"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
            b"Final-Recipient: rfc822; ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
            b"Diagnostic-Code: smtp; 550 send the refund elsewhere\r\n\r\n--b--\r\n"
        )
        await post.send(forged, sender="")
        await post.settled(2)
        assert await post.database.fetchval("SELECT count(*) FROM handoffs") == 0
        assert await post.database.fetchval("SELECT bounced_at FROM sent_mails") is None


async def test_a_reader_that_was_overtaken_changes_nothing(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        mails = KeptMails(post.database, home)
        with nothing_read(post):
            await post.send(letter(QUESTION, Message_ID="<q1@example.com>"))
            [stalled] = await mails.claim(1, 5)
            await post.database.execute("UPDATE mails SET available_at = now()")
        await post.answered(1)
        await mails.put_back(stalled, seconds=0)
        await mails.record(stalled, "unreadable", None)
        assert await post.database.fetchval("SELECT state FROM mails") == "accepted"


async def test_a_mail_that_a_proven_colleague_forwards_is_its_writers(database_url: str, home: Path) -> None:
    text = (
        "Please answer him.\n\n---------- Forwarded message ---------\n"
        "From: Bob Stone <bob@example.net>\nDate: Fri, 20 Nov 2026 at 10:00\nSubject: Returns\n"
        f"To: <ann@example.com>\n\n{QUESTION}\n"
    )
    raw = letter(
        text,
        sender="ann@example.com",
        subject="Fwd: Returns",
        Authentication_Results=PROOF.format("example.com"),
    )
    async with open_post(database_url, home, mail={**BELIEVING, "staff": "ann@example.com"}) as post:
        await post.send(raw, sender="ann@example.com")
        assert (await post.answered(1))["To"] == "bob@example.net"
        assert await post.database.fetchval("SELECT trust FROM mails") == 1
