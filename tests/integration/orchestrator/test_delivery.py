"""Replies that a channel has to send: retried with backoff, and never lost in silence."""

from __future__ import annotations

import asyncio

from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.message import Delivery
from orchestrator.store.database import Database
from tests.support.house import decision, open_house, until


async def test_a_delivery_is_tried_again_until_the_channel_takes_it(database: Database) -> None:
    tries: list[Delivery] = []

    async def send(delivery: Delivery) -> None:
        tries.append(delivery)
        if len(tries) < 3:
            raise DeliveryFailed("try later", permanent=False)

    async with open_house(database, lambda _: decision("By post."), senders={"post": send}) as house:
        session = await house.session(channel="post")
        await house.write(session, "Hi", channel="post")

        async def sent() -> bool:
            return bool(await database.fetchval("SELECT state = 'sent' FROM deliveries"))

        await until(sent)
        assert [delivery.attempt for delivery in tries] == [1, 2, 3]
        assert {(delivery.id, delivery.text) for delivery in tries} == {(tries[0].id, "By post.")}


async def test_a_permanent_failure_goes_to_a_human(database: Database) -> None:
    async def send(delivery: Delivery) -> None:
        raise DeliveryFailed("no such mailbox", permanent=True)

    async with open_house(database, lambda _: decision("By post."), senders={"post": send}) as house:
        session = await house.session(channel="post")
        await house.write(session, "Hi", channel="post")

        async def failed() -> bool:
            return bool(await database.fetchval("SELECT state = 'failed' FROM deliveries"))

        await until(failed)
        assert "no such mailbox" in await database.fetchval("SELECT reason FROM handoffs")
        assert await database.fetchval("SELECT owner FROM conversations") == "queue"


async def test_a_crash_in_the_channel_is_a_failed_try(database: Database) -> None:
    done = asyncio.Event()
    tries = 0

    async def send(delivery: Delivery) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("a bug")
        done.set()

    async with open_house(database, lambda _: decision("By post."), senders={"post": send}) as house:
        session = await house.session(channel="post")
        await house.write(session, "Hi", channel="post")
        async with asyncio.timeout(10):
            await done.wait()


async def test_chat_needs_no_delivery(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        await house.ask(await house.session(), "Hi")
        assert await database.fetchval("SELECT count(*) FROM deliveries") == 0
