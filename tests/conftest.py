"""Fixtures every test may use: a real PostgreSQL, one fresh database per test."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import hypothesis
import pytest

from orchestrator.store.database import Database
from orchestrator.store.embedded import EmbeddedPostgres
from orchestrator.store.migrate import FOLDER, migrate

hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("suite"), derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "suite")
"""No example fails because the machine is busy, and CI tries the same ones each time."""


def schema_version() -> str:
    """Return a digest of all migrations, for caches of migrated databases."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.sql")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all workers of this run; the last one stops it."""
    shared = tmp_path_factory.getbasetemp()
    if shared.name.startswith("popen-gw"):
        shared = shared.parent
    # Not below pytest's own folder: a second pytest closes that one to PostgreSQL's system user.
    folder = Path(tempfile.gettempdir()) / f"switchboard-{os.getuid()}-{shared.parent.name}-{shared.name}"
    with asyncio.Runner() as runner:
        with _alone(shared):
            folder.mkdir(exist_ok=True)
            server = EmbeddedPostgres(folder)
            url = runner.run(server.start())
            runner.run(_make_template(url))
        yield url
        with _alone(shared):
            if runner.run(server.stop()):
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone(shared: Path) -> Iterator[None]:
    """Hold off the other workers of this run."""
    with (shared / "postgres.gate").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


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
