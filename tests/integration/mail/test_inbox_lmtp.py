"""LMTP on a port and on a unix socket (RFC 2033)."""

from __future__ import annotations

import asyncio
import smtplib
import stat
from pathlib import Path
from typing import Any

import pytest

from channels.mail.smtp.inbox import Inbox
from channels.mail.smtp.inbox_settings import InboxSettings
from orchestrator.errors import StoreAway
from tests.support.mail_inbox import running_inbox
from tests.support.smtp_client import MAIL, greeted


async def test_one_answer_per_recipient(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    async with running_inbox(lmtp_path=path, smtp_port=None) as running, greeted(path) as client:
        await client.all("LHLO x", "MAIL FROM:<a@b.example>")
        codes = [
            (await client.say(f"RCPT TO:<{to}@localhost>"))[:9] for to in ("support", "nobody", "help+1")
        ]
        assert codes == ["250 2.1.5", "550 5.1.1", "250 2.1.5"]
        await client.say("DATA")
        await client.send(MAIL + b".\r\n")
        assert [await client.reply() for _ in range(2)] == ["250 2.0.0 Stored"] * 2
        running.kept.error = StoreAway("away")
        await client.all("MAIL FROM:<a@b.example>", "RCPT TO:<support@localhost>", "RCPT TO:<help@localhost>")
        await client.say("DATA")
        await client.send(MAIL + b".\r\n")
        assert [(await client.reply())[:9] for _ in range(2)] == ["451 4.3.0"] * 2
        assert (await client.say("NOOP")).startswith("250")
        assert running.listening.lmtp_urls == (f"lmtp://{path}",)
    (mail,) = running.kept.mails
    assert (mail.protocol, mail.peer) == ("lmtp", "")
    assert mail.recipients == ("support@localhost", "help+1@localhost")


async def test_a_refused_mail_is_refused_for_each_recipient(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    async with running_inbox(lmtp_path=path, smtp_port=None) as running, greeted(path) as client:
        await client.all(
            "LHLO x", "MAIL FROM:<>", "RCPT TO:<support@localhost>", "RCPT TO:<help@localhost>", "DATA"
        )
        await client.send(b"a\nb\r\n.\r\n")
        assert [(await client.reply())[:9] for _ in range(2)] == ["554 5.6.0"] * 2
    assert running.kept.mails == []


async def test_lmtp_is_greeted_with_lhlo_only(tmp_path: Path) -> None:
    async with (
        running_inbox(lmtp_port=0, smtp_port=None) as running,
        greeted(running.listening.lmtp_urls[0]) as client,
    ):
        assert (await client.say("EHLO x")).startswith("500 5.5.1")
        assert (await client.say("HELO x")).startswith("500 5.5.1")
        assert await client.say("MAIL FROM:<>") == "503 5.5.1 Greet first, with LHLO"
        assert "PIPELINING" in await client.say("LHLO x")
        await client.all("MAIL FROM:<>", "RCPT TO:<nobody@localhost>")
        assert (await client.say("DATA")).startswith("503 5.5.1")


async def test_smtp_does_not_know_lhlo() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.say("LHLO x")).startswith("500 5.5.1")


async def test_smtplib_speaks_lmtp_to_it(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"

    def send() -> None:
        with smtplib.LMTP(str(path)) as lmtp:
            lmtp.sendmail("a@b.example", ["support@localhost"], MAIL)

    async with running_inbox(lmtp_path=path) as running:
        await asyncio.to_thread(send)
    assert running.kept.raws == [MAIL]


async def test_a_stale_socket_is_replaced_and_one_in_use_is_not(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"
    settings: dict[str, Any] = {"lmtp_path": path, "smtp_port": None, "lmtp_mode": 0o600}
    async with running_inbox(**settings):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(OSError, match="in use"):
            await Inbox(InboxSettings(addresses=(), **settings), refuse).start()
    assert not path.exists()
    import socket

    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    async with running_inbox(**settings), greeted(path) as client:
        assert (await client.say("LHLO x")).startswith("250")


async def refuse(_: object) -> None:
    raise AssertionError
