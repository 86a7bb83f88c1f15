"""Bring a database's schema up to date with the numbered `.sql` files beside this one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from orchestrator.store.database import Database

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x5B0A_0001
TURN = 300.0
"""Seconds that a replica waits while another one migrates."""


def pending(applied: set[str]) -> list[str]:
    """Return the names of the migrations that are not in `applied`, in order."""
    return [path.stem for path in sorted(FOLDER.glob("*.sql")) if path.stem not in applied]


async def applied(connection: Any) -> set[str]:
    """Return the names of the migrations this database has."""
    if await connection.fetchval("SELECT to_regclass('public._pogo_migration')") is None:
        return set()
    return {row[0] for row in await connection.fetch("SELECT migration_id FROM public._pogo_migration")}


async def migrate(database: Database) -> list[str]:
    """Apply what is missing and return its names; replicas that start at once take turns."""
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK, timeout=TURN)
        try:
            missing = pending(await applied(connection))
            if missing:
                # Imported here: its SQL splitter costs memory that a normal start does not need.
                await import_module("pogo_core.util.migrate").apply(connection, FOLDER, schema_name="public")
            return missing
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
