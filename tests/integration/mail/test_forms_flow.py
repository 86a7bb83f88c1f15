"""Mails that are not simply from whom they say: web forms, the postmaster's, two under one Message-ID."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from pydantic import SecretStr

from tests.integration.mail.post import letter, open_post, said
from tests.support.model_server import ModelServer

DESK = {"mail_addresses": ("support@desk.example.com",)}
BELIEVED = {"authserv_id": "mx.desk.example.com"}
PROOF = "mx.desk.example.com; dmarc=pass header.from=desk.example.com"


def form(text: str, visitor: str, **headers: str) -> bytes:
    """Write a mail as the shop's form does: all from one address, with one subject."""
    message = EmailMessage()
    message["Authentication-Results"] = PROOF
    message["From"] = "Shop <no-reply@desk.example.com>"
    message["Reply-To"] = visitor
    message["To"] = "support@desk.example.com"
    message["Subject"] = "Shop form"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes(policy=SMTP)


async def test_two_visitors_of_one_form_are_two_people(database_url: str, home: Path) -> None:
    same = {"References": "<form@desk.example.com>", "Message_ID": "<form@desk.example.com>"}
    anna, bert = "anna@anna.example.net", "bert@bert.example.org"
    async with (
        ModelServer() as model,
        open_post(
            database_url,
            home,
            mail=BELIEVED,
            oxlo_api_key=SecretStr("x"),
            oxlo_base_url=model.url,
            **DESK,
        ) as post,
    ):
        sender, to = "www-data@web.desk.example.com", "support@desk.example.com"
        await post.send(form("My secret code word is pineapple-77.", anna, **same), sender=sender, to=to)
        assert (await post.answered(1))["To"] == anna
        await post.send(form("What did I write last?", bert, **same), sender=sender, to=to)
        second = await post.answered(2)
        assert second["To"] == bert
        asked = [each.raw.decode() for each in model.requests if b"What did I write last?" in each.raw]
        assert asked
        assert not any("pineapple" in each or anna in each for each in asked)
        rows = await post.database.fetch(
            "SELECT m.from_address, m.form_sender, m.trust, c.id, c.customer_id FROM mails m"
            " JOIN conversations c ON c.id = m.conversation_id ORDER BY m.received_at"
        )
        assert [(row["from_address"], row["form_sender"], row["trust"]) for row in rows] == [
            (anna, "no-reply@desk.example.com", 1),
            (bert, "no-reply@desk.example.com", 1),
        ]
        assert len({row["id"] for row in rows}) == len({row["customer_id"] for row in rows}) == 2
        # Bert answers from his own mail program: his thread goes on.
        answer = letter("Thank you.", sender=bert, In_Reply_To=second["Message-ID"])
        await post.send(answer, sender=bert, to=second["Reply-To"])
        assert (await post.answered(3))["To"] == bert
        assert await post.database.fetchval("SELECT count(*) FROM conversations") == 2


async def test_a_form_says_all_of_its_body_and_a_named_one_is_answered_whatever_its_marks(
    database_url: str, home: Path
) -> None:
    body = (
        "From: Bert Moor <bert@bert.example.org>\nSubject: Broken shoe\n\nMessage Body:\n"
        "The left shoe is broken.\n\n-- \nSent from the form on Shop"
    )
    marked = {"Precedence": "bulk", "Auto_Submitted": "auto-generated"}
    async with open_post(database_url, home, mail={"form_senders": ("web@site.example",)}, **DESK) as post:
        to = "support@desk.example.com"
        await post.send(letter(body, sender="web@site.example", **marked), sender="", to=to)
        assert (await post.answered(1))["To"] == "bert@bert.example.org"
        text = await post.database.fetchval("SELECT text FROM messages WHERE author = 'customer'")
        assert all(part in text for part in ("web@site.example", "bert@bert.example.org", "left shoe"))
        nameless = letter("The left shoe is broken.", sender="web@site.example", **marked)
        await post.send(nameless, sender="www@site.example", to=to)
        await post.send(letter("Hello", sender="no-reply@other.example"), sender="x@other.example", to=to)
        rows = await post.settled(3)
        assert [row["reason"] for row in rows] == [None, "form_without_visitor", "no_reply"]
        assert await post.database.fetchval("SELECT count(*) FROM customers") == 1


async def test_a_form_that_nobody_named_writes_to_few_strangers_an_hour(
    database_url: str, home: Path
) -> None:
    async with open_post(database_url, home, mail={"answers_per_hour": 2}, **DESK) as post:
        for number in range(3):
            raw = form("Hello", f"visitor{number}@third{number}.example")
            await post.send(raw, sender="x@evil.example", to="support@desk.example.com")
            await post.settled(number + 1)
        await post.answered(2)
        assert len(post.answers()) == 2
        assert "FORM_SENDERS" in await post.database.fetchval("SELECT reason FROM handoffs")


async def test_the_postmasters_mail_waits_for_people(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, **DESK) as post:
        for to in ("Postmaster", "postmaster@desk.example.com"):
            await post.send(letter(f"Hello {to}, what is wrong?", sender="admin@other.example"), to=to)
        rows = await post.settled(2)
        assert {row["state"] for row in rows} == {"accepted"}
        held = await post.database.fetch("SELECT owner, status FROM conversations")
        assert [(row["owner"], row["status"]) for row in held] == [("queue", "human")] * 2
        assert await post.database.fetchval("SELECT count(*) FROM turns") == 0


async def test_other_words_under_the_same_message_id_are_a_new_message(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        for number, text in enumerate(("Order 1042 is late", "Cancel order 1043", "Order 1042 is late")):
            await post.send(letter(text, Message_ID="<form@example.com>"))
            await post.settled(number + 1)
        rows = await post.settled(3)
        assert [row["reason"] for row in rows] == [None, None, "duplicate"]
        texts = await post.database.fetch("SELECT text FROM messages WHERE author = 'customer' ORDER BY seq")
        assert [row["text"].split("\n")[-1] for row in texts] == ["Order 1042 is late", "Cancel order 1043"]
        assert await post.database.fetchval("SELECT count(*) FROM conversations") == 1


async def test_our_own_address_as_reply_to_is_not_written_to(database_url: str, home: Path) -> None:
    async with open_post(database_url, home, mail=BELIEVED, **DESK) as post:
        raw = letter(
            "What is your return policy?",
            sender="agent2@desk.example.com",
            Reply_To="support@desk.example.com",
            Authentication_Results=PROOF,
        )
        await post.send(raw, sender="agent2@desk.example.com", to="support@desk.example.com")
        answer = await post.answered(1)
        assert answer["To"] == "agent2@desk.example.com"
        assert "30 days" in said(answer)
        # An old form writes its visitor into From and sends in our name.
        raw = letter("What is your return policy?", sender="bert@bert.example.org")
        await post.send(raw, sender="support@desk.example.com", to="support@desk.example.com")
        assert (await post.answered(2))["To"] == "bert@bert.example.org"
        assert await post.database.fetchval("SELECT min(trust) FROM mails") == 1


async def test_a_form_that_writes_as_a_person_waits_for_people(database_url: str, home: Path) -> None:
    async with open_post(database_url, home) as post:
        for visitor in ("anna@anna.example.net", "bert@bert.example.org"):
            text = f"Name: A visitor\nE-Mail: {visitor}\nNachricht: Mein Kennwort ist {visitor[:4]}-77."
            await post.send(letter(text, sender="kontakt@shop.example"), sender="kontakt@shop.example")
        assert {row["state"] for row in await post.settled(2)} == {"accepted"}
        held = await post.database.fetch("SELECT owner, status FROM conversations")
        assert [(row["owner"], row["status"]) for row in held] == [("queue", "human")] * 2
        assert await post.database.fetchval("SELECT count(*) FROM turns") == 0
        reasons = await post.database.fetch("SELECT reason FROM handoffs ORDER BY reason")
        assert "anna@anna.example.net" in reasons[0]["reason"]
