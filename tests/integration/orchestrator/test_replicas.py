"""Crashes and replicas: nothing is paid twice, done twice, lost or told out of order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from guardrails.decision import Decision
from orchestrator.conversation.event_bus import Event, Lagged, ReplyDelta, TurnEnded
from orchestrator.conversation.turn_ending import Conversations, Ending
from orchestrator.errors import LeaseLost, StoreAway
from orchestrator.inference.types import Prompt
from orchestrator.memory.recall import recall_conversation
from orchestrator.store.database import Database
from tests.support.house import House, decision, open_house, until
from tools.tool import Caller, Sensitivity, Tool, tool


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


def counting(calls: list[str], *, idempotent: bool, hang_first: asyncio.Event | None = None) -> Tool:
    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=idempotent)
    async def count(caller: Caller) -> int:
        """Count."""
        calls.append(caller.idempotency_key)
        if hang_first is not None and len(calls) == 1:
            hang_first.set()
            await asyncio.Event().wait()
        return len(calls)

    return count


def act_then_answer(prompt: Prompt) -> Decision:
    return decision("Done.") if prompt.steps else decision("", ("count", {}))


async def die(house: House) -> None:
    """End a replica as SIGKILL would: nothing is written any more, its lock goes with its connection."""
    for part in house.runner.parts:
        await part.stop()
    for task in house.runner._running:
        task.cancel()
    await asyncio.gather(*house.runner._running, return_exceptions=True)
    await house.replica.stop()


async def test_an_idempotent_action_is_asked_again_with_its_key(database: Database, second: Database) -> None:
    calls: list[str] = []
    begun = asyncio.Event()
    async with open_house(
        database, act_then_answer, counting(calls, idempotent=True, hang_first=begun)
    ) as first:
        session = await first.session()
        accepted = await first.write(session, "count")
        await begun.wait()
        await die(first)
        async with open_house(second, act_then_answer, counting(calls, idempotent=True)) as other:
            outcome = await other.desk.outcome(accepted, timeout=15)
        assert outcome.reply == "Done."
        assert len(calls) == 2
        assert len(set(calls)) == 1
        assert await database.fetchval("SELECT count(*) FROM actions") == 1
        assert await database.fetchval("SELECT count(*) FROM requests WHERE step = 1") == 1


async def test_an_action_in_doubt_is_not_repeated_and_goes_to_a_human(
    database: Database, second: Database
) -> None:
    calls: list[str] = []
    begun = asyncio.Event()
    async with open_house(
        database, act_then_answer, counting(calls, idempotent=False, hang_first=begun)
    ) as first:
        session = await first.session()
        accepted = await first.write(session, "count")
        await begun.wait()
        await die(first)
        async with open_house(second, act_then_answer, counting(calls, idempotent=False)) as other:
            outcome = await other.desk.outcome(accepted, timeout=15)
        assert outcome.status == "handed_off"
        assert "interrupted" in outcome.reply
        assert len(calls) == 1
        assert await database.fetchval("SELECT state FROM actions") == "in_doubt"
        assert await database.fetchval("SELECT priority FROM handoffs") == "high"


async def test_an_answer_that_was_paid_for_is_not_asked_again(database: Database, second: Database) -> None:
    thoughts = 0
    paused = asyncio.Event()

    def think(prompt: Prompt) -> Decision:
        nonlocal thoughts
        thoughts += 1
        return decision("Paid once.")

    async with open_house(database, think) as first:

        async def never(*args: Any, **kwargs: Any) -> Any:
            paused.set()
            await asyncio.Event().wait()

        first.turn._conversations.end_turn = never  # type: ignore[method-assign]  # stop right before the end
        session = await first.session()
        accepted = await first.write(session, "Hi")
        await paused.wait()
        await die(first)
        async with open_house(second, think) as other:
            outcome = await other.desk.outcome(accepted, timeout=15)
        assert (outcome.reply, thoughts) == ("Paid once.", 1)


async def test_a_replica_that_lost_its_lease_can_write_nothing(database: Database) -> None:
    async with open_house(database, lambda _: decision("x"), started=False) as house:
        session = await house.session()
        await house.write(session, "Hi")
        [claim] = await house.runner._turns.claim(house.replica.number, 1)
        await database.execute("UPDATE turns SET attempt = attempt + 1")
        with pytest.raises(LeaseLost):
            await recall_conversation(database, claim.lease)
        with pytest.raises(LeaseLost):
            await Conversations(database).end_turn(
                claim.lease, Ending(outcome="answered", text="late"), stamp=house.replica.stamp
            )
        assert await house.desk.timeline(session.conversation_id, after=0) == []


async def test_two_replicas_share_the_work(database: Database, second: Database) -> None:
    both = asyncio.Event()
    waiting: set[str] = set()

    def thinker(name: str) -> Any:
        async def think(prompt: Prompt) -> Decision:
            waiting.add(name)
            if len(waiting) == 2:
                both.set()
            await both.wait()
            return decision(f"By {name}.")

        return think

    async with (
        open_house(database, thinker("one"), width=1) as one,
        open_house(second, thinker("two"), width=1) as two,
    ):
        sessions = [await one.session() for _ in range(6)]
        accepted = [await one.write(session, "Hi") for session in sessions]
        outcomes = await asyncio.gather(*(one.desk.outcome(a, timeout=20) for a in accepted))
        assert {outcome.reply for outcome in outcomes} == {"By one.", "By two."}
        assert two.runner.running == []


async def test_events_reach_a_listener_on_another_replica(database: Database, second: Database) -> None:
    listening = asyncio.Event()

    async def think(prompt: Prompt) -> Decision:
        await listening.wait()
        return decision("Hello from afar.")

    async with (
        open_house(database, think) as near,
        open_house(second, lambda _: decision("wrong replica"), started=False) as far,
    ):
        await near.replica.look_around()
        assert not near.replica.alone
        session = await near.session()
        async with far.desk.listen(session.conversation_id) as listener:
            await near.write(session, "Hi")
            listening.set()
            seen: list[Event] = []
            async with asyncio.timeout(10):
                async for event in listener:
                    seen.append(event)
                    if isinstance(event, TurnEnded):
                        break
        assert any(isinstance(event, Lagged) for event in seen)  # "the timeline grew": read it
        assert "".join(event.text for event in seen if isinstance(event, ReplyDelta)) == "Hello from afar."
        [posted] = await far.desk.timeline(session.conversation_id, after=0)
        assert getattr(posted, "text", None) == "Hello from afar."


async def test_a_lost_notification_connection_comes_back_and_listeners_read_again(database: Database) -> None:
    async with open_house(database, lambda _: decision("x")) as house:
        session = await house.session()
        async with house.desk.listen(session.conversation_id) as listener:
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            )
            async with asyncio.timeout(10):
                assert isinstance(await anext(listener), Lagged)
        number = house.replica.number

        async def locked() -> bool:
            return bool(await database.fetchval("SELECT count(*) FROM pg_locks WHERE objid = $1", number))

        await until(locked)


async def test_a_turn_waits_out_an_absence_of_the_store(database: Database) -> None:
    away = True
    asked = asyncio.Event()

    async with open_house(database, lambda _: decision("Back again.")) as house:
        execute = database.execute

        async def failing(sql: str, *args: object) -> str:
            if away and sql.startswith("UPDATE requests"):
                asked.set()
                raise StoreAway("gone")
            return await execute(sql, *args)

        database.execute = failing  # type: ignore[method-assign]  # the store is away for this statement only
        session = await house.session()
        accepted = await house.write(session, "Hi")
        await asked.wait()
        away = False
        outcome = await house.desk.outcome(accepted, timeout=10)
        assert outcome.reply == "Back again."
        assert await database.fetchval("SELECT count(*) FROM requests") == 1


async def test_a_message_that_slips_in_while_its_turn_is_claimed_finds_a_turn(database: Database) -> None:
    async with open_house(
        database, lambda p: decision(str(p.messages[-1]["content"])), started=False
    ) as house:
        session = await house.session()
        await house.write(session, "first")
        [claim] = await house.runner._turns.claim(house.replica.number, 1)
        await recall_conversation(database, claim.lease)
        accepted = await house.write(session, "second")
        await database.execute("DELETE FROM turns WHERE state = 'pending'")  # as if the race had swallowed it
        await Conversations(database).end_turn(
            claim.lease, Ending(outcome="answered", text="one"), stamp=house.replica.stamp
        )
        house.runner.start()
        outcome = await house.desk.outcome(accepted, timeout=10)
        await house.runner.drain(5.0)
        assert outcome.reply == "second"
