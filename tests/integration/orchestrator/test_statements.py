"""How often a turn speaks to PostgreSQL: a row before each step, and no more."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from orchestrator.inference.types import Prompt
from orchestrator.store import database as store
from orchestrator.store.database import Database
from tests.support.house import decision, open_house
from tools.tool import Caller, Sensitivity, tool

BESIDE = (
    "deliveries",
    "pg_locks",
    "renewed_at = now() FROM unnest",
    "typeinfo_tree",
    "'jit'",
    "WITH live",
    "WITH dead",
    "BEGIN;",
    "COMMIT;",
)
"""What goes on beside turns, now and then or at each wake, and what a connection asks first."""


@tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
async def look(caller: Caller, what: str) -> dict[str, str]:
    """Look something up."""
    return {"found": what}


def think(prompt: Prompt) -> Any:
    return decision("There it is.") if prompt.steps else decision("", ("look", {"what": "it"}))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement of every connection opened from now on."""
    statements: list[str] = []
    prepare = store._speak_json

    async def prepared(connection: asyncpg.Connection[Any]) -> None:
        await prepare(connection)
        connection.add_query_logger(lambda record: statements.append(" ".join(record.query.split())))

    monkeypatch.setattr(store, "_speak_json", prepared)
    return statements


async def test_a_turn_with_one_action_takes_eight_statements_from_its_message_on(
    heard: list[str], database_url: str
) -> None:
    database = await Database.open(database_url)
    async with open_house(database, think, look) as house:
        session = await house.session()
        await house.ask(session, "Where is it?")
        heard.clear()
        async with house.desk.listen(session.conversation_id) as listener:
            await house.write(session, "And now?")
            async for event in listener:
                if type(event).__name__ == "TurnEnded":
                    break
    said = [each for each in heard if not any(part in each for part in BESIDE)]
    assert len(said) == 8, [each[:60] for each in said]
    await database.close()


async def test_the_outcome_of_a_look_up_is_written_where_no_request_follows(database: Database) -> None:
    async with open_house(database, lambda _: decision("", ("look", {"what": "it"})), look) as house:
        session = await house.session()
        outcome = await house.ask(session, "Where is it?")  # the same call again and again is a loop
        assert outcome.status == "handed_off"
    rows = await database.fetch("SELECT DISTINCT state FROM actions")
    assert [row["state"] for row in rows] == ["done"]
