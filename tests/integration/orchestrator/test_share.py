"""Who chats is answered before mails that wait, and mails are answered all the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from guardrails.decision import Decision
from orchestrator.conversation.turn_runner import LiveShare
from orchestrator.inference.types import Prompt
from orchestrator.store.database import Database
from tests.integration.orchestrator.test_turn import last_user
from tests.support.house import decision, open_house, until


async def sent(delivery: object) -> None:
    """Take everything."""


async def test_chat_goes_past_the_mails_that_wait(database: Database) -> None:
    mails = asyncio.Semaphore(0)
    running = most = 0

    async def think(prompt: Prompt) -> Decision:
        nonlocal running, most
        if "mail" not in last_user(prompt):
            return decision("at once")
        running += 1
        most = max(most, running)
        await mails.acquire()
        running -= 1
        return decision("in time")

    share = LiveShare(patient=["post"], most=2, least=1)
    async with open_house(
        database, think, senders={"post": sent}, width=3, share=share, started=False
    ) as house:
        for _ in range(6):
            await house.write(await house.session(channel="post"), "mail", channel="post")
        house.runner.start()

        async def both_run() -> bool:
            return running == 2

        await until(both_run)

        def answered(count: int) -> Callable[[], Awaitable[bool]]:
            async def condition() -> bool:
                rows = "SELECT count(*) FROM turns WHERE channel = 'post' AND state = 'done'"
                return int(await database.fetchval(rows)) == count

            return condition

        for _ in range(3):
            assert (await house.ask(await house.session(), "chat")).reply == "at once"
        assert most == 2
        mails.release()  # while somebody chats the next mail begins when none runs
        mails.release()
        await until(answered(2))
        for _ in range(10):
            mails.release()
        await until(answered(6))
        await house.runner.drain(5.0)
