"""The commands of an SMTP session over real sockets, each reply code among them."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

from orchestrator.errors import StoreAway
from tests.support.mail_inbox import running_inbox
from tests.support.smtp_client import MAIL, connected, endpoint, greeted


async def test_a_mail_is_kept_with_its_envelope() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert await client.mail() == "250 2.0.0 Stored"
        assert await client.say("QUIT") == "221 2.0.0 Bye"
        assert await client.is_closed()
    (mail,) = running.kept.mails
    assert mail.raw == MAIL
    assert (mail.sender, mail.recipients) == ("ada@example.com", ("support@localhost",))
    assert (mail.peer, mail.helo, mail.protocol) == ("127.0.0.1", "client.example", "smtp")
    assert (mail.tls, mail.smtputf8, mail.authenticated_as) == (False, False, None)
    assert mail.received_at.tzinfo is not None


async def test_smtplib_sends_a_mail_with_dots_and_two_recipients() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ada@example.com", "support@localhost", "dots"
    message.set_content(".\n..\n.a\nend\n.\n")

    def send(url: str) -> None:
        with smtplib.SMTP(*endpoint(url)) as smtp:
            smtp.send_message(message, to_addrs=["support+t@localhost", "help@LOCALHOST"])

    async with running_inbox() as running:
        await asyncio.to_thread(send, running.smtp)
    (mail,) = running.kept.mails
    assert mail.recipients == ("support+t@localhost", "help@LOCALHOST")
    assert mail.raw.endswith(b"\r\n\r\n.\r\n..\r\n.a\r\nend\r\n.\r\n")


async def test_the_greeting_tells_what_can_be_done() -> None:
    wanted: dict[str, Any] = {"hostname": "mx.shop.example", "size_bytes": 5_000}
    async with running_inbox(**wanted) as running, connected(running.smtp) as client:
        assert await client.reply() == "220 mx.shop.example ESMTP ready"
        assert (await client.say("EHLO anything at all!")).split("\n") == [
            "250-mx.shop.example",
            "250-SIZE 5000",
            "250-8BITMIME",
            "250-SMTPUTF8",
            "250-PIPELINING",
            "250 ENHANCEDSTATUSCODES",
        ]
        assert await client.say("HELO [192.0.2.1]") == "250 mx.shop.example"


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((), "MAIL FROM:<a@b.example>", "503 5.5.1"),
        ((), "RCPT TO:<support@localhost>", "503 5.5.1"),
        ((), "DATA", "503 5.5.1"),
        ((), "EHLO", "501 5.5.4"),
        ((), "STARTTLS", "454 4.7.0"),
        ((), "AUTH PLAIN AAAA", "502 5.5.1"),
        ((), "NOOP anything", "250 2.0.0"),
        ((), "RSET", "250 2.0.0"),
        ((), "RSET now", "501 5.5.4"),
        ((), "HELP", "214 2.0.0"),
        ((), "VRFY support@localhost", "252 2.5.0"),
        ((), "VRFY nobody@localhost", "252 2.5.0"),
        ((), "EXPN support", "502 5.5.1"),
        ((), "BDAT 5", "500 5.5.1"),
        ((), "", "500 5.5.1"),
        (("EHLO x",), "MAIL FROM:<>", "250 2.1.0"),
        (("EHLO x",), "mail from: <a@b.example>", "250 2.1.0"),
        (("EHLO x",), "MAIL TO:<a@b.example>", "501 5.5.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example", "553 5.1.7"),
        (("EHLO x",), "MAIL FROM:<a\u00e9@b.example> SMTPUTF8", "250 2.1.0"),
        (("EHLO x",), "MAIL FROM:<a@b.example> SMTPUTF8=1", "501 5.5.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example> BODY=8BITMIME SIZE=100", "250 2.1.0"),
        (("EHLO x",), "MAIL FROM:<a@b.example> BODY=BINARYMIME", "501 5.5.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example> SIZE=99999999999", "552 5.3.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example> SIZE=-1", "501 5.5.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example> SIZE=" + "9" * 900, "501 5.5.4"),
        (("EHLO x",), "MAIL FROM:<a@b.example> RET=FULL", "555 5.5.4"),
        (("EHLO x", "MAIL FROM:<>"), "MAIL FROM:<>", "503 5.5.1"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<support@localhost>", "250 2.1.5"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<Support+x@LOCALHOST>", "250 2.1.5"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<nobody@localhost>", "550 5.1.1"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<a@elsewhere.example>", "550 5.1.1"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<>", "550 5.1.1"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<a b@localhost>", "553 5.1.3"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT FROM:<support@localhost>", "501 5.5.4"),
        (("EHLO x", "MAIL FROM:<>"), "RCPT TO:<support@localhost> NOTIFY=NEVER", "555 5.5.4"),
        (("EHLO x", "MAIL FROM:<>"), "DATA", "503 5.5.1"),
        (("EHLO x", "MAIL FROM:<>", "RCPT TO:<support@localhost>"), "DATA now", "501 5.5.4"),
        (("EHLO x", "MAIL FROM:<>", "RCPT TO:<support@localhost>"), "DATA", "354 End"),
        (("EHLO x", "MAIL FROM:<>", "RSET"), "RCPT TO:<support@localhost>", "503 5.5.1"),
        (("EHLO x", "MAIL FROM:<>", "EHLO y"), "RCPT TO:<support@localhost>", "503 5.5.1"),
    ],
)
async def test_replies(before: tuple[str, ...], command: str, code: str) -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        for each in before:
            assert (await client.say(each)).startswith("250")
        assert (await client.say(command)).startswith(code)


async def test_the_sender_is_kept_as_the_null_path() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.all("EHLO x", "MAIL FROM:<>", "RCPT TO:<support@localhost>", "DATA")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert running.kept.mails[0].sender == ""


async def test_international_addresses_arrive_whole() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.say("EHLO x")).startswith("250")
        assert (await client.say("MAIL FROM:<jürgen@müller.example> SMTPUTF8")).startswith("250")
        assert (await client.say("RCPT TO:<support+ü@localhost>")).startswith("250")
        await client.say("DATA")
        await client.send("Subject: Grüße\r\n\r\nñ\r\n.\r\n".encode())
        assert (await client.reply()).startswith("250")
    (mail,) = running.kept.mails
    assert (mail.sender, mail.recipients) == ("jürgen@müller.example", ("support+ü@localhost",))
    assert mail.smtputf8
    assert mail.raw == "Subject: Grüße\r\n\r\nñ\r\n".encode()


async def test_bytes_that_are_no_utf8_are_no_address() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.say(b"EHLO \xff\xfe")).startswith("250")
        assert (await client.say(b"MAIL FROM:<a\xff@b.example>")).startswith("553 5.1.7")
        assert await client.mail() == "250 2.0.0 Stored"


async def test_commands_sent_all_at_once_are_answered_in_order() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        one = b"MAIL FROM:<>\r\nRCPT TO:<nobody@localhost>\r\nRCPT TO:<support@localhost>\r\nDATA\r\n"
        await client.send(b"HELO x\r\n" + (one + b"Subject: 1\r\n\r\nx\r\n.\r\n") * 2 + b"QUIT\r\n")
        codes = [(await client.reply())[:3] for _ in range(12)]
        assert codes == ["250", "250", "550", "250", "354", "250", "250", "550", "250", "354", "250", "221"]
    assert running.kept.raws == [b"Subject: 1\r\n\r\nx\r\n"] * 2


async def test_an_empty_mail_is_a_mail() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert await client.mail(b"") == "250 2.0.0 Stored"
    assert running.kept.raws == [b""]


async def test_a_client_that_only_stops_sending_still_hears_its_250() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        await client.send(MAIL + b".\r\n")
        client.writer.write_eof()
        assert await client.reply() == "250 2.0.0 Stored"
        assert await client.is_closed()


@pytest.mark.parametrize(
    ("error", "code"), [(StoreAway("away"), "451 4.3.0"), (ValueError("x"), "451 4.3.0")]
)
async def test_451_while_the_store_is_away_and_250_once_it_is_back(error: Exception, code: str) -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        running.kept.error = error
        assert (await client.mail()).startswith(code)
        running.kept.error = None
        assert (await client.mail()).startswith("250")
        assert (running.inbox.counts.accepted, running.inbox.counts.deferred) == (1, 1)
    assert running.kept.raws == [MAIL]


async def test_451_when_storing_takes_too_long() -> None:
    async with running_inbox(keep_seconds=0.05) as running, greeted(running.smtp) as client:
        running.kept.open.clear()
        assert (await client.mail()).startswith("451 4.3.0")
        assert (await client.say("NOOP")).startswith("250")


async def test_250_comes_only_after_the_mail_is_kept() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        running.kept.open.clear()
        await client.open_mail()
        await client.send(MAIL + b".\r\n")
        await running.kept.asked.wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.reader.read(1), 0.1)
        running.kept.open.set()
        assert await client.reply() == "250 2.0.0 Stored"


async def test_a_browser_is_shown_the_door() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nEHLO x\r\n")
        assert (await client.reply()).startswith("421 4.7.0")
        assert await client.is_closed()
