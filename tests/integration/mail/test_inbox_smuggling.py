"""Bytes that other servers take for the end of a mail, on a raw socket."""

from __future__ import annotations

import pytest

from tests.support.mail_inbox import running_inbox
from tests.support.smtp_client import MAIL, greeted

SECOND = (
    b"MAIL FROM:<boss@shop.example>\r\nRCPT TO:<support@localhost>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
)


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r\r\n.\r\r\n",
     b"\r\n.\x00\r\n\n", b"\n\n.\n\n", b"\r\n\n.\r\n"],
)  # fmt: skip
async def test_only_crlf_dot_crlf_ends_a_mail(end: bytes) -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        await client.send(MAIL + b"x" + end + SECOND + b".\r\nNOOP\r\n")
        assert (await client.reply()).startswith("554 5.6.0")
        assert (await client.reply()).startswith("250 2.0.0")  # the NOOP: nothing between was a command
        assert running.inbox.counts.refused == 1
    assert running.kept.mails == []


@pytest.mark.parametrize("piece", [1, 2, 3, 5])
async def test_neither_does_an_end_that_comes_in_pieces(piece: int) -> None:
    data = b"a\r\n.b\n.\r\n.c\r\n.\r\n"
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        for at in range(0, len(data), piece):
            await client.send(data[at : at + piece])
        assert (await client.reply()).startswith("554 5.6.0")
        assert await client.mail() == "250 2.0.0 Stored"
    assert running.kept.raws == [MAIL]


@pytest.mark.parametrize("body", [b"a\nb\r\n", b"a\rb\r\n", b"\n", b"\r\r\n", b"Subject: x\n\nhello\n\r\n"])
async def test_a_mail_with_a_bare_cr_or_lf_is_refused(body: bytes) -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        await client.send(body + b"\r\n.\r\n")
        assert await client.reply() == (
            "554 5.6.0 Bare CR or LF in the mail: lines end with CRLF (RFC 5321 2.3.8)"
        )
    assert running.kept.mails == []


@pytest.mark.parametrize("command", [b"NOOP\n", b"NOOP\rNOOP\r\n", b"NOOP\x00\r\n", b"\x16\x03\x01\x00\n"])
async def test_a_command_ends_with_crlf_and_holds_no_control_characters(command: bytes) -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.send(command)
        assert (await client.reply()).startswith("500 5.5.2")
        assert (await client.say("NOOP")).startswith("250")


async def test_other_bytes_arrive_as_they_are() -> None:
    body = b"\x00\xff\x1a\x04 " + b"\xc3\x28" + b"\t\x0b\x0c\x85\xe2\x80\xa8\r\n..\r\n"
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.mail(body)).startswith("250")
    assert running.kept.raws == [body.replace(b"..", b".")]
