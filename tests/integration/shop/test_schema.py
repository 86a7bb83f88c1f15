"""What older versions kept beside the gateway's own tables moves into the shop's schema, with its data."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from orchestrator.store.database import Database
from orchestrator.store.migrate import migrate
from tests.support.shop import seed_shop

OLD = Path(__file__).parents[2] / "fixtures" / "shop_of_older_versions.sql"


@pytest.fixture
async def old(postgres_url: str, database_url: str) -> str:
    """A database as the version before left it: the shop's tables among ours, under the old names."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(OLD.read_text())
    await connection.close()
    return database_url


async def test_an_older_installation_keeps_its_orders_refunds_and_tickets(old: str) -> None:
    database = await Database.open(old)
    assert await migrate(database) == ["0002_tickets"]
    assert not await seed_shop(database)
    assert await database.fetchval("SELECT status FROM lindenhof.orders WHERE number = 1042") == "returned"
    values = "(gen_random_uuid(), DEFAULT, 1042, 1, 'EUR', 21, 'x', now(), 'k')"
    await database.execute(f"INSERT INTO lindenhof.refunds VALUES {values}")
    assert [row[0] for row in await database.fetch("SELECT number FROM lindenhof.refunds ORDER BY 1")] == [
        "R-1001",
        "R-1002",
    ]
    assert await database.fetchval("SELECT subject FROM tickets") == "Lamp"
    assert await database.fetchval("SELECT nextval('ticket_numbers')") == 1002
    left = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'shop%'"
    assert await database.fetchval(left) == 0
    assert await migrate(database) == []
    await database.close()


async def test_a_new_and_a_moved_shop_look_the_same(old: str, database: Database) -> None:
    shape = (
        "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns"
        " WHERE table_schema = 'lindenhof' ORDER BY 1, 2"
    )
    indexes = "SELECT tablename, replace(indexname, 'shop_', '') AS name FROM pg_indexes"
    indexes += " WHERE schemaname = 'lindenhof' ORDER BY 1, 2"
    await seed_shop(database)
    moved = [await database.fetch(sql) for sql in (shape, indexes)]
    await database.execute("DROP SCHEMA lindenhof CASCADE")
    await seed_shop(database)
    assert [await database.fetch(sql) for sql in (shape, indexes)] == moved


async def test_replicas_that_start_together_move_it_once(old: str, database: Database) -> None:
    assert await asyncio.gather(*(seed_shop(database) for _ in range(4))) == [False] * 4
