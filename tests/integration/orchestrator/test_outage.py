"""A provider that is down: what it costs, what customers hear, and who answers them afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from orchestrator.conversation.message import CallRecord
from orchestrator.conversation.overview import Overview
from orchestrator.conversation.waiting_turns import SPACING
from orchestrator.store.database import Database
from tests.integration.orchestrator.test_turn import identity
from tests.support.house import until
from tests.support.model_server import Asked, Behaviour, answer, decision
from tests.support.model_server.behaviours import DONE, content_chunks, event, hang, status
from tests.support.outage import FASTER, Downtown, downtown

MINUTE = 60.0 / FASTER
WRITTEN = ("Where is my parcel?", "Wo ist mein Paket bitte?", "Où est mon colis ?", "¿Dónde está mi paquete?")
DOWN = {
    "429": status(429, "rate limit"),
    "500": status(500, "internal error"),
    "401": status(401, "invalid api key"),
    "hang": hang(headers=False),
}


async def all_answered(town: Downtown) -> None:
    async def nobody_waits() -> bool:
        return await town.waiting() == 0

    await until(nobody_waits, limit=40.0)


async def told(town: Downtown) -> int:
    return int(await town.database.fetchval("SELECT count(*) FROM messages WHERE author = 'system'"))


@pytest.mark.parametrize("down", DOWN.values(), ids=DOWN)
async def test_a_minute_without_provider_costs_little_and_leaves_nobody_in_silence(
    database: Database, down: Behaviour
) -> None:
    async with downtown(database, limit=60) as town:
        [branch] = town.branches
        town.down(down)
        sessions = [await branch.customer(channel="post" if n % 2 else "chat") for n in range(7)]
        began = asyncio.get_running_loop().time()
        for number, session in enumerate(sessions):
            await branch.house.write(session, WRITTEN[number % 4], channel="post" if number % 2 else "chat")
            await asyncio.sleep(MINUTE / 20)

        async def everybody_is_told() -> bool:
            return await told(town) == 7

        await until(everybody_is_told)
        await branch.house.write(sessions[0], "Hello?")
        taken = sessions[3]
        await town.ownership().take(taken.conversation_id, "Ann")
        await asyncio.sleep(max(0.0, MINUTE - (asyncio.get_running_loop().time() - began)))
        attempts = town.asked
        assert attempts <= 20
        assert await branch.house.budget.used() == 0
        assert await told(town) == 7

        town.up()
        await all_answered(town)
        for session in sessions:
            assert len(await town.texts(session, "system")) == 1
            assert len(await town.texts(session, "assistant")) == (0 if session is taken else 1)
        assert "Paket" in (await town.texts(sessions[1], "assistant"))[0]
        assert "Nachricht" in (await town.texts(sessions[1], "system"))[0]
        assert "Votre message" in (await town.texts(sessions[2], "system"))[0]
        assert "Su mensaje" in (await town.texts(sessions[3], "system"))[0]
        assert await branch.house.budget.used() == 6
        rows = await database.fetch("SELECT owner, count(*) AS n FROM conversations GROUP BY 1")
        assert {row["owner"]: row["n"] for row in rows} == {"bot": 6, "operator": 1}


async def test_two_replicas_leave_the_provider_alone_together(database: Database) -> None:
    async with downtown(database, replicas=2, limit=60) as town:
        town.down(DOWN["500"])
        for number in range(8):
            branch = town.branches[number % 2]
            await branch.house.write(await branch.customer(), WRITTEN[number % 4])
        await asyncio.sleep(MINUTE)
        assert town.asked <= 20
        assert set(town.branches[0].health.open) == set(town.branches[1].health.open)
        town.up()
        await all_answered(town)
        assert await database.fetchval("SELECT count(*) FROM messages WHERE author = 'assistant'") == 8
        assert await database.fetchval("SELECT count(*) FROM breakers WHERE part = ''") == 0


async def test_the_longest_waiting_are_answered_first_and_not_all_at_once(database: Database) -> None:
    async with downtown(database) as town:
        [branch] = town.branches
        town.down(DOWN["500"])
        for number in range(6):
            await branch.house.write(await branch.customer(), f"I am number {number}")
            await asyncio.sleep(0.05)

        async def everybody_is_told() -> bool:
            return await told(town) == 6

        await until(everybody_is_told)
        before = town.asked
        town.up()
        await all_answered(town)
        good = town.server.requests[before:]
        numbers = [int(str(each.messages[-1]["content"])[-1]) for each in good]
        assert numbers[1:] == sorted(numbers[1:])
        assert good[-1].at - good[1].at > SPACING * 2


async def test_who_asks_by_request_and_answer_is_told_each_time_but_nothing_is_posted_twice(
    database: Database,
) -> None:
    async with downtown(database) as town:
        [branch] = town.branches
        town.down(DOWN["401"])
        session = await branch.customer()
        first = await branch.house.ask(session, "Wo ist mein Paket bitte?")
        second = await branch.house.ask(session, "Ist das nicht zu machen?")
        assert (first.status, second.status) == ("deferred", "deferred")
        assert first.reply == second.reply
        assert len(await town.texts(session, "system")) == 1


async def test_a_late_answer_reaches_a_proven_address(database: Database) -> None:
    async with downtown(database) as town:
        [branch] = town.branches
        town.down(DOWN["500"])
        session = await branch.customer(identity=identity())
        await branch.house.ask(session, "Where is my parcel?")
        assert await database.fetchval("SELECT count(*) FROM letters") == 0
        town.up()
        await all_answered(town)
        [answer_text] = await town.texts(session, "assistant")
        notifications = await database.fetch("SELECT text FROM letters")
        assert [notification["text"] for notification in notifications] == [answer_text]


async def test_what_alone_finds_no_answer_goes_to_a_human_in_the_end(database: Database) -> None:
    def behave(asked: Asked) -> Behaviour:
        poisoned = "poison" in str(asked.messages[-1]["content"])
        return status(504, "too slow") if poisoned else answer()

    async with downtown(database) as town:
        [branch] = town.branches
        town.server.otherwise = behave
        unlucky = await branch.customer()
        await branch.house.write(unlucky, "poison")
        other = await branch.customer()

        async def with_a_human() -> bool:
            await branch.house.ask(other, "Hello")
            await database.execute("UPDATE turns SET available_at = now() WHERE state = 'pending'")
            owner = "SELECT owner FROM conversations WHERE id = $1"
            return bool(await database.fetchval(owner, unlucky.conversation_id) == "queue")

        async def nobody_waits() -> bool:
            return await town.waiting() == 0

        await until(with_a_human, limit=60.0)
        await until(nobody_waits, limit=60.0)  # the other one may have met the pause that the failures began


async def test_a_refused_request_gives_its_place_to_who_waits_for_the_budget(database: Database) -> None:
    async with downtown(database, limit=1) as town:
        [branch] = town.branches
        held = asyncio.Event()

        async def refuse_late(asked: Asked) -> Any:
            await held.wait()
            return await status(500, "no")(asked)

        town.server.queue(refuse_late, status(400, "no"), status(400, "no"))
        first, second = await branch.customer(), await branch.customer()
        await branch.house.write(first, "Hello")

        async def under_way() -> bool:
            return town.asked == 1

        await until(under_way)
        outcome = await branch.house.ask(second, "Hello there")
        assert outcome.status == "deferred"
        held.set()
        await all_answered(town)

        async def one_counted() -> bool:
            return await branch.house.budget.used() == 1

        await until(one_counted)


async def test_what_a_killed_process_had_reserved_is_not_lost_for_the_day(database: Database) -> None:
    async with downtown(database, limit=10) as town:
        budget = town.branches[0].house.budget
        insert = (
            "INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose, started_at,"
            " answered_at) VALUES (gen_random_uuid(), gen_random_uuid(), 1, 1, 'test', 'm', 'p',"
            " now() - $1::interval, $2)"
        )
        await database.execute(insert, timedelta(seconds=1), None)
        assert await budget.used() == 1
        await database.execute(insert, timedelta(minutes=4), None)
        assert await budget.used() == 1
        await database.execute(insert, timedelta(minutes=4), datetime.now(UTC))
        assert await budget.used() == 2


async def test_an_answer_that_began_is_marked_before_it_ends(database: Database) -> None:
    going_on = asyncio.Event()

    async with downtown(database, limit=10) as town:
        [branch] = town.branches

        async def slow(asked: Asked) -> Any:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(asked.web)
            first, *others = content_chunks(asked.good)
            await response.write(event(first))
            await going_on.wait()
            for each in others:
                await response.write(event(each))
            await response.write(DONE)
            return response

        town.server.queue(slow)
        await branch.house.write(await branch.customer(), "Hello")

        async def marked() -> bool:
            return bool(
                await database.fetchval("SELECT count(answered_at) FROM requests WHERE outcome IS NULL")
            )

        await until(marked)
        going_on.set()


async def test_an_invalid_answer_counts(database: Database) -> None:
    async with downtown(database, limit=10) as town:
        [branch] = town.branches
        town.server.queue(decision(reply="", actions=[]))
        await branch.house.ask(await branch.customer(), "Hello")
        assert await branch.house.budget.used() == 2


async def test_a_caller_is_told_each_time_and_called_back_when_the_answer_comes_too_late(
    database: Database,
) -> None:
    async with downtown(database) as town:
        [branch] = town.branches
        town.down(DOWN["401"])
        caller = await branch.customer(channel="voice")
        began = datetime.now(UTC)
        for text in ("Where is my parcel?", "Are you there?"):
            accepted = await branch.house.write(caller, text, channel="voice")
            outcome = await branch.house.desk.outcome(accepted, timeout=15.0)
            assert outcome.status == "deferred"
            owner = "SELECT owner FROM conversations WHERE id = $1"
            assert await database.fetchval(owner, caller.conversation_id) == "bot"
        [word] = await town.texts(caller, "system")
        assert "stay on the line" in word
        record = CallRecord(
            conversation_id=caller.conversation_id,
            began=began,
            ended=datetime.now(UTC),
            ended_by="caller",
            language="en",
            heard=2,
            missed=0,
            interrupted=0,
        )
        await branch.house.desk.call_ended(record)
        town.up()
        await all_answered(town)
        assert len(await town.texts(caller, "assistant")) == 1
        assert "call back" in await database.fetchval("SELECT reason FROM handoffs")


async def test_what_waits_is_listed_for_operators(database: Database) -> None:
    async with downtown(database) as town:
        [branch] = town.branches
        town.down(DOWN["500"])
        waiting, other = await branch.customer(), await branch.customer()
        await branch.house.ask(waiting, "Where is my parcel?")
        overview = Overview(database)
        for status_of in ("deferred", "waiting_provider"):
            [item] = await overview.conversations(status=status_of, after=None, limit=9)
            assert item["id"] == waiting.conversation_id
            assert item["deferred"]["reason"] == "provider"
            assert item["summary"]
        assert await overview.conversations(status="waiting_budget", after=None, limit=9) == []
        town.up()
        await all_answered(town)
        await branch.house.ask(other, "Hello")
        assert await overview.conversations(status="deferred", after=None, limit=9) == []
        items = await overview.conversations(status=None, after=None, limit=9)
        assert [item["deferred"] for item in items] == [None, None]
