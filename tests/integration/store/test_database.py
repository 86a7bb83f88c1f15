"""The store: migrations, absence, patience."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.errors import StoreAway
from orchestrator.store.database import Database
from orchestrator.store.migrate import migrate


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    assert await migrate(database) == []


async def test_an_unreachable_server_is_told_as_store_away() -> None:
    with pytest.raises(StoreAway) as caught:
        await Database.open("postgresql://nobody@127.0.0.1:1/none", patience=0.5)
    assert caught.value.retry_after


async def test_a_login_that_is_refused_is_told_as_store_away(database_url: str) -> None:
    with pytest.raises(StoreAway):
        await Database.open(f"{database_url}_that_is_not_there")


async def test_json_columns_round_trip(database: Database) -> None:
    value = {"text": "Grüße", "list": [1, None, True]}
    assert await database.fetchval("SELECT $1::jsonb", value) == value


async def test_cut_connections_are_told_and_then_replaced(database: Database, database_url: str) -> None:
    with pytest.raises(StoreAway):
        await database.fetchval("SELECT pg_terminate_backend(pg_backend_pid())")
    assert await database.fetchval("SELECT 1") == 1


async def test_patience_repeats_work_until_the_store_is_back(database: Database) -> None:
    tries = 0

    async def work() -> int:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StoreAway("away")
        return tries

    assert await database.patiently(work) == 3


async def test_patience_ends(database: Database) -> None:
    async def work() -> None:
        raise StoreAway("away")

    with pytest.raises(StoreAway):
        await asyncio.wait_for(database.patiently(work, limit=0.05), 5)
