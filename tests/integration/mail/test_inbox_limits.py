"""Sizes, counts and waits, each with its reply, over real sockets."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.support.mail_inbox import Running, running_inbox
from tests.support.smtp_client import MAIL, RawClient, connected, greeted


async def test_552_above_the_size_limit_and_the_session_goes_on() -> None:
    async with running_inbox(size_bytes=1_000) as running, greeted(running.smtp) as client:
        assert (await client.mail(b"x" * 999 + b"\r\n")).startswith("552 5.3.4")
        assert (await client.mail(b"x" * 998 + b"\r\n")).startswith("250")


@pytest.mark.timeout(60)
async def test_a_mail_far_over_the_limit_is_read_to_its_end_without_memory() -> None:
    limits: dict[str, Any] = {"size_bytes": 1_000_000, "memory_bytes": 3_000_000}
    async with running_inbox(**limits) as running, greeted(running.smtp) as client:
        await client.open_mail()
        await client.send(b"X: ")
        for _ in range(100):
            await client.send(b"y" * 1_000_000)
        await client.send(b"\r\n.\r\n")
        assert (await client.reply()).startswith("552 5.3.4")


async def test_a_line_of_a_megabyte_is_taken() -> None:
    body = b"x" * 1_000_000 + b"\r\n"
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.mail(body)).startswith("250")
    assert running.kept.raws == [body]


async def test_452_above_the_memory_for_all_mails() -> None:
    async with running_inbox(memory_bytes=100_000) as running, greeted(running.smtp) as one:
        await one.open_mail()
        await one.send(b"x" * 90_000)
        async with greeted(running.smtp) as two:
            assert (await two.mail()).startswith("250")
            assert (await two.mail(b"y" * 50_000 + b"\r\n")).startswith("452 4.3.1")
        await one.send(b"\r\n.\r\n")
        assert (await one.reply()).startswith("250")
        assert (await one.mail(b"y" * 50_000 + b"\r\n")).startswith("250")


async def test_452_above_the_recipients() -> None:
    async with running_inbox(recipients=2) as running, greeted(running.smtp) as client:
        await client.all(
            "EHLO x", "MAIL FROM:<>", "RCPT TO:<support+1@localhost>", "RCPT TO:<help@localhost>"
        )
        assert (await client.say("RCPT TO:<support@localhost>")).startswith("452 4.5.3")
        await client.say("DATA")
        await client.send(MAIL + b".\r\n")
        assert (await client.reply()).startswith("250")
    assert running.kept.mails[0].recipients == ("support+1@localhost", "help@localhost")


async def test_421_above_the_connections() -> None:
    async with running_inbox(connections=2) as running, AsyncExitStack() as stack:
        first = await stack.enter_async_context(greeted(running.smtp))
        await stack.enter_async_context(greeted(running.smtp))
        async with connected(running.smtp) as third:
            assert (await third.reply()).startswith("421 4.7.0 Too many connections, ")
            assert await third.is_closed()
        await first.say("QUIT")
        assert await first.is_closed()
        await until_sessions(running, 1)
        await stack.enter_async_context(greeted(running.smtp))


async def test_421_above_the_connections_of_one_address() -> None:
    async with running_inbox(connections_per_address=1) as running, greeted(running.smtp) as first:
        async with connected(running.smtp) as second:
            assert (await second.reply()).startswith("421 4.7.0 Too many connections from your address")
        assert (await first.say("NOOP")).startswith("250")


async def test_the_silent_make_room_for_who_has_something_to_say() -> None:
    limits: dict[str, Any] = {"connections_per_address": 3, "pressed_mute_seconds": 0.0}
    async with running_inbox(**limits) as running, AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(greeted(running.smtp)) for _ in range(3)]
        for _ in range(3):
            client = await stack.enter_async_context(greeted(running.smtp))
            assert (await client.mail()).startswith("250")
        for each in silent:
            assert (await each.reply()).startswith("421 4.4.2 Others wait")
        async with connected(running.smtp) as one_more:  # those who spoke just now keep their places
            assert (await one_more.reply()).startswith("421 4.7.0 Too many connections from your address")


async def test_when_all_places_are_taken_the_address_with_most_gives_one_up() -> None:
    limits: dict[str, Any] = {"connections": 4, "pressed_mute_seconds": 0.0, "smtp_host": "0.0.0.0"}
    async with running_inbox(**limits) as running, AsyncExitStack() as stack:
        address = running.smtp.replace("0.0.0.0", "127.0.0.1")
        lonely = await stack.enter_async_context(greeted(address, source="127.0.0.2"))
        many = [await stack.enter_async_context(greeted(address)) for _ in range(3)]
        other = await stack.enter_async_context(greeted(address, source="127.0.0.3"))
        assert (await other.mail()).startswith("250")
        assert (await many[0].reply()).startswith("421 4.4.2 Others wait")
        assert (await lonely.mail()).startswith("250")


@pytest.mark.timeout(60)
async def test_500_silent_clients_of_one_address_keep_nobody_out() -> None:
    limits: dict[str, Any] = {"pressed_mute_seconds": 60.0, "smtp_host": "0.0.0.0"}
    async with running_inbox(**limits) as running, AsyncExitStack() as stack:
        address = running.smtp.replace("0.0.0.0", "127.0.0.1")
        crowd = [await stack.enter_async_context(connected(address)) for _ in range(500)]
        greetings = [await client.reply() for client in crowd]
        assert sum(each.startswith("220") for each in greetings) == 50
        for number in range(2, 12):
            other = await stack.enter_async_context(greeted(address, source=f"127.0.0.{number}"))
            assert (await other.mail()).startswith("250")


async def test_450_above_the_rate_of_one_address() -> None:
    limits: dict[str, Any] = {"messages_burst": 2, "messages_per_minute": 1.0, "limit_loopback": True}
    async with running_inbox(**limits) as running, greeted(running.smtp) as client:
        assert [(await client.mail())[:3] for _ in range(2)] == ["250", "250"]
        await client.say("EHLO x")
        reply = await client.say("MAIL FROM:<a@b.example>")
        assert reply.startswith("450 4.7.1")
        assert 1 <= int(reply.split()[-2]) <= 60


async def test_421_after_too_many_errors() -> None:
    async with running_inbox(errors=3) as running, greeted(running.smtp) as client:
        assert [(await client.say("WHAT"))[:3] for _ in range(3)] == ["500"] * 3
        assert (await client.reply()).startswith("421 4.7.0 Too many errors")
        assert await client.is_closed()


async def test_421_after_too_many_unknown_recipients() -> None:
    async with running_inbox(errors=5) as running, greeted(running.smtp) as client:
        await client.all("EHLO x", "MAIL FROM:<>")
        for number in range(5):
            assert (await client.say(f"RCPT TO:<guess{number}@localhost>")).startswith("550 5.1.1")
        assert (await client.reply()).startswith("421")


async def test_421_after_too_many_commands_without_a_mail() -> None:
    async with running_inbox(idle_commands=6) as running, greeted(running.smtp) as client:
        for _ in range(3):
            assert (await client.mail()).startswith("250")
        for _ in range(6):
            assert (await client.say("NOOP")).startswith("250")
        assert (await client.reply()).startswith("421 4.7.0 Too many commands")


async def test_a_command_line_too_long_is_refused_and_the_next_one_heard() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        assert (await client.say("NOOP " + "x" * 3_000)).startswith("500 5.5.2 Line too long")
        assert (await client.say("NOOP " + "x" * 1_000_000)).startswith("500 5.5.2 Line too long")
        assert (await client.say("NOOP")).startswith("250")


async def test_421_for_a_client_that_says_nothing() -> None:
    async with running_inbox(idle_seconds=0.1) as running, greeted(running.smtp) as client:
        assert (await client.reply()).startswith("421 4.4.2 Nothing came for too long")
        assert await client.is_closed()


async def test_421_for_a_client_that_stops_in_the_middle_of_a_mail() -> None:
    async with running_inbox(idle_seconds=0.1) as running, greeted(running.smtp) as client:
        await client.open_mail()
        await client.send(b"Subject: never ends\r\n")
        assert (await client.reply()).startswith("421 4.4.2")
    assert running.kept.mails == []


async def test_421_for_a_client_that_drips() -> None:
    async with running_inbox(data_seconds=0.3) as running, greeted(running.smtp) as client:
        await client.open_mail()
        assert (await dripping(client)).startswith("421 4.4.2 This session took too long")
    assert running.kept.mails == []


async def test_421_for_a_session_without_end() -> None:
    async with (
        running_inbox(session_seconds=0.3, idle_commands=10**9) as running,
        greeted(running.smtp) as client,
    ):
        reply = "250"
        while reply.startswith("250"):
            reply = await client.say("NOOP")
        assert reply.startswith("421 4.4.2 This session took too long")


async def dripping(client: RawClient) -> str:
    answer = asyncio.create_task(client.reply())
    while not answer.done():
        client.writer.write(b"x")
        await asyncio.wait([answer], timeout=0.02)
    return await answer


async def test_a_slow_client_is_waited_for() -> None:
    async with running_inbox(idle_seconds=1.0) as running, greeted(running.smtp) as client:
        await client.open_mail()
        for at in range(0, len(MAIL), 8):
            await client.send(MAIL[at : at + 8])
            await asyncio.sleep(0.005)
        await client.send(b".\r\n")
        assert (await client.reply()).startswith("250")
    assert running.kept.raws == [MAIL]


async def test_a_client_that_never_reads_is_cut() -> None:
    waits: dict[str, Any] = {"idle_seconds": 0.2, "farewell_seconds": 0.1, "idle_commands": 10**9}
    async with running_inbox(**waits) as running, greeted(running.smtp) as client:
        flood = asyncio.create_task(flooding(client))
        await until_sessions(running, 0)
        await flood


async def flooding(client: RawClient) -> None:
    try:
        while True:
            await client.send(b"HELP\r\n" * 10_000)
    except ConnectionError:
        pass


async def test_a_client_that_vanishes_in_the_middle_leaves_nothing() -> None:
    async with running_inbox() as running:
        async with greeted(running.smtp) as client:
            await client.open_mail()
            await client.send(MAIL)
            client.writer.transport.abort()
        await until_sessions(running, 0)
        assert running.kept.mails == []
        async with greeted(running.smtp) as client:
            assert (await client.mail()).startswith("250")


async def test_a_hundred_connections_at_once() -> None:
    async def one(url: str) -> str:
        async with greeted(url) as client:
            return await client.mail()

    async with running_inbox(connections=100, connections_per_address=100) as running:
        replies = await asyncio.gather(*(one(running.smtp) for _ in range(100)))
    assert replies == ["250 2.0.0 Stored"] * 100
    assert running.kept.raws == [MAIL] * 100


async def until_sessions(running: Running, wanted: int) -> None:
    async with asyncio.timeout(10):
        while running.inbox.open_sessions != wanted:  # noqa: ASYNC110  (the inbox tells nobody)
            await asyncio.sleep(0.005)
