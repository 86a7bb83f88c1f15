"""STARTTLS and AUTH over real sockets."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.mail.smtp.inbox import Inbox
from channels.mail.smtp.inbox_settings import InboxSettings
from tests.support.mail_inbox import Running, make_certificate, running_inbox, trusting
from tests.support.smtp_client import MAIL, RawClient, endpoint, greeted


async def check(user: str, password: str) -> bool:
    return (user, password) == ("relay", "s3cret")


def plain(user: str, password: str) -> str:
    return b64encode(f"\0{user}\0{password}".encode()).decode()


@asynccontextmanager
async def with_tls(folder: Path, **settings: Any) -> AsyncIterator[tuple[Running, ssl.SSLContext]]:
    chain, key = make_certificate(folder)
    async with running_inbox(check_login=check, certificate=chain, key=key, **settings) as running:
        yield running, trusting(chain)


@asynccontextmanager
async def encrypted(running: Running, context: ssl.SSLContext) -> AsyncIterator[RawClient]:
    async with greeted(running.smtp) as client:
        assert "STARTTLS" in await client.say("EHLO x")
        assert (await client.say("STARTTLS")).startswith("220 2.0.0")
        await client.writer.start_tls(context, server_hostname="localhost")
        yield client


async def test_a_mail_over_tls(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, context), encrypted(running, context) as client:
        assert await client.say("MAIL FROM:<>") == "503 5.5.1 Greet first, with EHLO or HELO"
        hello = await client.say("EHLO x")
        assert "STARTTLS" not in hello
        assert "AUTH PLAIN LOGIN" in hello
        assert (await client.say("STARTTLS")).startswith("503 5.5.1")
        assert await client.mail() == "250 2.0.0 Stored"
        big = b"x" * 70 + b"\r\n"
        assert await client.mail(big * 30_000) == "250 2.0.0 Stored"
        assert (await client.say("QUIT")).startswith("221")
    assert [mail.tls for mail in running.kept.mails] == [True, True]
    assert running.kept.raws == [MAIL, big * 30_000]


async def test_smtplib_logs_in_over_tls(tmp_path: Path) -> None:
    def send(url: str, context: ssl.SSLContext) -> None:
        host, port = endpoint(url)
        with smtplib.SMTP("localhost" if host == "127.0.0.1" else host, port) as smtp:
            smtp.starttls(context=context)
            smtp.login("relay", "s3cret")
            smtp.sendmail("a@b.example", ["support@localhost"], MAIL)

    async with with_tls(tmp_path, require_tls=True, auth_required=True) as (running, context):
        await asyncio.to_thread(send, running.smtp, context)
    (mail,) = running.kept.mails
    assert (mail.authenticated_as, mail.raw) == ("relay", MAIL)


async def test_what_is_sent_with_starttls_in_the_clear_is_forgotten(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, context), greeted(running.smtp) as client:
        await client.say("EHLO x")
        await client.send(b"STARTTLS\r\nEHLO evil\r\nMAIL FROM:<evil@example.com>\r\n")
        assert (await client.reply()).startswith("220 2.0.0")
        await client.writer.start_tls(context, server_hostname="localhost")
        assert (await client.say("NOOP")) == "250 2.0.0 Ok"  # and no answers to what came before it
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith("503 5.5.1 Greet first")


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"require_tls": True}, "530 5.7.0 STARTTLS"), ({"auth_required": True}, "530 5.7.0 Auth")],
)
async def test_530_where_tls_or_login_is_required(tmp_path: Path, settings: Any, code: str) -> None:
    async with with_tls(tmp_path, **settings) as (running, _), greeted(running.smtp) as client:
        await client.say("EHLO x")
        assert (await client.say("MAIL FROM:<a@b.example>")).startswith(code)


async def test_nobody_logs_in_in_the_clear(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, _), greeted(running.smtp) as client:
        assert "AUTH" not in await client.say("EHLO x")
        assert (await client.say(f"AUTH PLAIN {plain('relay', 's3cret')}")).startswith("538 5.7.11")


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([f"AUTH PLAIN {plain('relay', 's3cret')}"], "235 2.7.0"),
        (["auth plain", plain("relay", "s3cret")], "235 2.7.0"),
        (["AUTH LOGIN", b64encode(b"relay").decode(), b64encode(b"s3cret").decode()], "235 2.7.0"),
        (["AUTH LOGIN cmVsYXk=", b64encode(b"s3cret").decode()], "235 2.7.0"),
        ([f"AUTH PLAIN {plain('relay', 'wrong')}"], "535 5.7.8"),
        ([f"AUTH PLAIN {plain('nobody', 's3cret')}"], "535 5.7.8"),
        (["AUTH PLAIN", "*"], "501 5.7.0"),
        (["AUTH PLAIN ?!"], "501 5.5.2"),
        (["AUTH PLAIN YWJj"], "501 5.5.2"),
        (["AUTH PLAIN ="], "501 5.5.2"),
        (["AUTH PLAIN \u00e9"], "501 5.5.2"),
        (["AUTH PLAIN " + b64encode(b"\0\xff\0\xff").decode()], "535 5.7.8"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["AUTH"], "501 5.5.4"),
        (["AUTH PLAIN a b"], "501 5.5.4"),
    ],
)
async def test_logins(tmp_path: Path, lines: list[str], code: str) -> None:
    async with with_tls(tmp_path) as (running, context), encrypted(running, context) as client:
        await client.say("EHLO x")
        for line in lines[:-1]:
            assert (await client.say(line)).startswith("334 ")
        assert (await client.say(lines[-1])).startswith(code)


async def test_421_after_too_many_failed_logins(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, context), encrypted(running, context) as client:
        await client.say("EHLO x")
        for _ in range(3):
            assert (await client.say(f"AUTH PLAIN {plain('relay', 'guess')}")).startswith("535")
        assert (await client.reply()).startswith("421 4.7.0 Too many failed logins")


async def test_a_second_login_is_refused(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, context), encrypted(running, context) as client:
        await client.say("EHLO x")
        assert (await client.say(f"AUTH PLAIN {plain('relay', 's3cret')}")).startswith("235")
        assert (await client.say(f"AUTH PLAIN {plain('relay', 's3cret')}")).startswith("503 5.5.1")


async def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    async with with_tls(tmp_path) as (running, context):
        async with encrypted(running, context) as client:
            assert (await client.say("NOOP")).startswith("250")
        chain, _ = make_certificate(tmp_path)
        async with encrypted(running, trusting(chain)) as client:
            assert (await client.say("NOOP")).startswith("250")


async def abort(client: RawClient) -> None:
    client.writer.transport.abort()


async def talk_on(client: RawClient) -> None:
    await client.send(b"NOOP\r\n")


@pytest.mark.parametrize("ruin", [talk_on, abort])
async def test_a_broken_handshake_ends_the_session_only(
    tmp_path: Path, ruin: Callable[[RawClient], Any]
) -> None:
    async with with_tls(tmp_path, handshake_seconds=1.0) as (running, context):
        async with greeted(running.smtp) as client:
            await client.all("EHLO x", "STARTTLS")
            await ruin(client)
            assert await client.is_closed()
        async with encrypted(running, context) as client:
            await client.say("EHLO x")
            assert await client.mail() == "250 2.0.0 Stored"


async def test_requirements_without_a_certificate_are_a_mistake_told_at_once(tmp_path: Path) -> None:
    async def keep(_: object) -> None: ...

    with pytest.raises(ValueError, match="no certificate"):
        await Inbox(InboxSettings(addresses=(), smtp_port=0, require_tls=True), keep).start()
