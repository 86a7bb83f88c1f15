"""A drain: new sessions are sent away, mails under way are finished."""

from __future__ import annotations

import asyncio

from tests.support.mail_inbox import running_inbox
from tests.support.smtp_client import MAIL, connected, greeted


async def test_421_for_new_sessions_and_for_those_that_do_nothing() -> None:
    async with running_inbox() as running, greeted(running.smtp) as idle:
        assert (await idle.say("EHLO x")).startswith("250")
        running.inbox.drain()
        assert (await idle.reply()).startswith("421 4.3.2")
        assert await idle.is_closed()
        async with connected(running.smtp) as newcomer:
            assert (await newcomer.reply()).startswith("421 4.3.2")
            assert await newcomer.is_closed()


async def test_a_mail_under_way_is_kept_and_answered_before_421() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        running.inbox.drain()
        await client.send(MAIL + b".\r\n")
        assert await client.reply() == "250 2.0.0 Stored"
        assert (await client.reply()).startswith("421 4.3.2")
    assert running.kept.raws == [MAIL]


async def test_a_reset_ends_the_mail_under_way() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.all("EHLO x", "MAIL FROM:<>")
        running.inbox.drain()
        assert (await client.say("RSET")).startswith("250")
        assert (await client.reply()).startswith("421 4.3.2")


async def test_stop_waits_for_the_mail_being_stored() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        running.kept.open.clear()
        await client.open_mail()
        await client.send(MAIL + b".\r\n")
        await running.kept.asked.wait()
        stopping = asyncio.create_task(running.inbox.stop(patience=10))
        await asyncio.sleep(0)
        running.kept.open.set()
        assert await client.reply() == "250 2.0.0 Stored"
        await stopping
    assert running.kept.raws == [MAIL]


async def test_stop_cuts_what_does_not_end() -> None:
    async with running_inbox() as running, greeted(running.smtp) as client:
        await client.open_mail()
        await running.inbox.stop(patience=0.05)
        assert (await client.reply()).startswith("421 4.3.2")
        assert await client.is_closed()
    assert running.kept.mails == []
