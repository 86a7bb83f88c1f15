"""Fixtures every test may use: a real PostgreSQL, one fresh database per test."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from orchestrator.store.database import Database
from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import migrate, schema_version


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all workers of this run; the last one stops it."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-gw"):
        shared = shared.parent
    server = EmbeddedPostgres(shared)
    loop = asyncio.new_event_loop()
    with (shared / "postgres.starting").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        url = loop.run_until_complete(server.start())
        loop.run_until_complete(_make_template(url))
    yield url
    loop.run_until_complete(server.stop())
    loop.close()


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")
        name = f"template_{schema_version()}"
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    database = await Database.open(_named(url, name))
    await migrate(database)
    await database.close()


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def database_url(postgres_url: str) -> AsyncIterator[str]:
    """A fresh, migrated database of its own, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template_{schema_version()}")
        yield _named(postgres_url, name)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open `Database` on a fresh database."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder of its own."""
    return tmp_path / "var"
