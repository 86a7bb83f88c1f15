"""A human steps in while the bot is thinking, and gives the conversation back: the whole orchestrator."""

from __future__ import annotations

import asyncio

from guardrails.decision import Decision
from orchestrator.conversation.event_bus import Posted
from orchestrator.conversation.message import VisitorSession
from orchestrator.handover.ownership import Ownership
from orchestrator.inference.types import Prompt
from orchestrator.store.database import Database
from tests.support.house import House, decision, open_house, until


def operators_of(house: House) -> Ownership:
    return Ownership(
        house.database,
        queued_channels=frozenset(),
        stamp=house.replica.stamp,
        language="en",
        bus=house.bus,
        turns_wait=house.runner.wake,
        deliveries_wait=house.deliverer.wake,
    )


async def test_the_bot_falls_silent_and_later_goes_on_where_the_human_left(database: Database) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def think(prompt: Prompt) -> Decision:
        asked.set()
        await go_on.wait()
        return decision("From the bot.")

    async with open_house(database, think) as house:
        operators = operators_of(house)
        session = await house.session()
        first = await house.write(session, "Where is my parcel?")
        async with asyncio.timeout(10):
            await asked.wait()
        await operators.reply(session.conversation_id, "Ann", "It arrives today.")
        go_on.set()
        outcome = await house.desk.outcome(first, timeout=10)
        assert outcome.status == "handed_off"
        await operators.release(session.conversation_id, "Ann")
        outcome = await house.ask(session, "And the invoice?")
        assert (outcome.status, outcome.reply) == ("answered", "From the bot.")
        assert await said(house, session) == [
            "Where is my parcel?",
            "It arrives today.",
            "And the invoice?",
            "From the bot.",
        ]
        roles = [message["role"] for message in house.decisions.prompts[-1].messages]
        assert roles == ["user", "assistant", "user"]


async def test_a_release_starts_the_bot_on_what_is_unanswered(database: Database) -> None:
    async with open_house(database, lambda _: decision("From the bot.")) as house:
        operators = operators_of(house)
        session = await house.session()
        await operators.take(session.conversation_id, "Ann")
        await house.write(session, "Hello?")
        await operators.release(session.conversation_id, "Ann")

        async def answered() -> bool:
            return await said(house, session) == ["Hello?", "From the bot."]

        await until(answered)


async def said(house: House, session: VisitorSession) -> list[str]:
    entries = await house.desk.timeline(session.conversation_id, after=0, with_customer=True)
    return [entry.text for entry in entries if isinstance(entry, Posted)]
