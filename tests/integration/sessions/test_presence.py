"""Operators see whether somebody is here, on whichever replica, or where an answer would reach them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from orchestrator.conversation.overview import Overview
from orchestrator.conversation.presence import Presence, forget_presence
from orchestrator.store.database import Database
from tests.integration.orchestrator.test_turn import identity
from tests.support.house import House, decision, open_house, until


@asynccontextmanager
async def replica(database: Database, *, lingers: float = 0.05) -> AsyncIterator[House]:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        presence = Presence(database, house.replica, lingers=lingers)
        house.bus.watched_by(presence)
        presence.part.start()
        try:
            yield house
        finally:
            await presence.part.stop()


async def reach(database: Database, conversation_id: UUID) -> str:
    item = await Overview(database).conversation(conversation_id)
    assert item is not None
    return str(item["reach"])


async def test_who_has_the_conversation_open_is_here_until_a_moment_after(database: Database) -> None:
    async with replica(database) as house, replica(database) as other:
        session = await house.open()

        async def here() -> bool:
            return await reach(database, session.conversation_id) == "here"

        async def gone() -> bool:
            return not await here()

        async with house.desk.listen(session.conversation_id):
            assert await database.fetchval("SELECT count(*) FROM presence") == 0
            await house.ask(session, "Hi")
            await until(here)
            async with other.desk.listen(session.conversation_id):
                await until(lambda: two(database))
        await until(gone)
        assert await reach(database, session.conversation_id) == "unreachable"


async def two(database: Database) -> bool:
    return bool(await database.fetchval("SELECT count(*) = 2 FROM presence"))


async def test_polls_one_after_the_other_are_one_stay_and_one_row(database: Database) -> None:
    async with replica(database, lingers=30.0) as house:
        session = await house.open()
        await house.ask(session, "Hi")
        for _ in range(3):
            async with house.desk.listen(session.conversation_id):
                await asyncio.sleep(0)
        await until(lambda: _is(database, session.conversation_id, "here"))
        assert await database.fetchval("SELECT count(*) FROM presence") == 1


async def _is(database: Database, conversation_id: UUID, wanted: str) -> bool:
    return await reach(database, conversation_id) == wanted


async def test_an_address_makes_the_difference_for_who_is_not_here(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        adas, nobodys = await house.open(identity=identity()), await house.open()
        for session in (adas, nobodys):
            await house.ask(session, "Hi")
        listed = await Overview(database).conversations(status=None, after=None, limit=10)
        assert {item["id"]: (item["reach"], item["reach_words"]) for item in listed} == {
            adas.conversation_id: ("by_mail", "not here: by mail in 2 min"),
            nobodys.conversation_id: ("unreachable", "unreachable: not here, and no address is known"),
        }


async def test_what_a_replica_that_died_has_left_does_not_count(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        session = await house.open()
        await house.ask(session, "Hi")
        await database.execute(
            "INSERT INTO presence (conversation_id, replica, renewed_at)"
            " VALUES ($1, 999, now() - interval '1 minute')",
            session.conversation_id,
        )
        started = "pg_postmaster_start_time() < now() - interval '10 seconds'"
        if await database.fetchval(f"SELECT {started}"):
            assert await reach(database, session.conversation_id) == "unreachable"
            await forget_presence(database)
            assert await database.fetchval("SELECT count(*) FROM presence") == 0


async def test_conversations_without_a_message_are_not_listed(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        await house.session()
        assert await Overview(database).conversations(status=None, after=None, limit=10) == []
