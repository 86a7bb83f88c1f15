"""Opens the database that the settings name: the embedded one, or yours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg

from orchestrator.errors import StoreAway
from orchestrator.store.database import Database
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.migrate import migrate
from orchestrator.worker import Supervised
from switchboard.errors import StartFailed
from switchboard.settings import Settings

Supervise = Callable[[Supervised], None]
"""Starts background work, and stops it when the gateway does."""


async def open_database(settings: Settings, stack: AsyncExitStack, supervise: Supervise) -> Database:
    """Return the migrated database; `stack` closes it, and ends an embedded server nobody else uses."""
    url = settings.database_url.get_secret_value() if settings.database_url else None
    if url is None:
        url = await _start_embedded(settings, stack, supervise)
    try:
        database = await Database.open(url, size=settings.database_pool)
    except StoreAway as error:
        if settings.database_url is None:
            raise
        raise StartFailed(f"SWITCHBOARD_DATABASE_URL can't be used: {_reason(error.__cause__)}.") from error
    stack.push_async_callback(database.close)
    await migrate(database)
    return database


def _reason(error: BaseException | None) -> str:
    if isinstance(error, TimeoutError):
        return "nothing answers there"
    return str(error).rstrip(".") or type(error).__name__


async def _start_embedded(settings: Settings, stack: AsyncExitStack, supervise: Supervise) -> str:
    server = EmbeddedPostgres(settings.home)
    try:
        url = await server.start()
    except EMBEDDED_FAILURES as error:
        why = f"The embedded PostgreSQL does not start: {str(error) or type(error).__name__}."
        raise StartFailed(full_disk(settings.home, error) or why) from error
    stack.push_async_callback(server.stop)
    supervise(Supervised("postgresql", server.guard, seen=server.trouble))
    return url


SLOTS = 64
"""Rows; replicas that share one wait for each other for a moment only."""
FILLING = 1_900
"""Bytes that are written, so that a full disk shows."""
NO_ROOM = 48 * 1024 * 1024
"""Bytes free below which nothing can be promised: PostgreSQL's journal grows by 16 MB at a time."""


async def written(database: Database, number: int) -> str | None:
    """Write a row; say in one sentence why that is not possible."""
    try:
        await database.execute(
            "INSERT INTO write_probes (slot, filling) VALUES ($1, $2)"
            " ON CONFLICT (slot) DO UPDATE SET filling = excluded.filling, written_at = now()",
            number % SLOTS,
            os.urandom(FILLING),
        )
    except StoreAway as error:
        if isinstance(error.__cause__, asyncpg.ReadOnlySQLTransactionError):
            return "The database is read-only."
        if isinstance(error.__cause__, asyncpg.DiskFullError):
            return "The database's disk is full."
        if isinstance(error.__cause__, asyncpg.InvalidAuthorizationSpecificationError):
            return "The database refuses the gateway's login."
        return "The database can't be written."
    return None


def full_disk(folder: Path, error: BaseException) -> str | None:
    """Say that the disk of `folder` is full where that is why `error` came; None where it is not."""
    found = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    told: BaseException | None = error
    while told is not None:
        if isinstance(told, asyncpg.DiskFullError) or "No space left on device" in str(told):
            free = shutil.disk_usage(found).free
            return f"The disk is full: {free:,} bytes are free at {folder} (SWITCHBOARD_HOME)."
        told = told.__cause__ or told.__context__
    return room(found)


def room(folder: Path, *, least: int = NO_ROOM) -> str | None:
    """Say in one sentence that the disk of `folder` is full; None while it is not."""
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return f"The disk of {folder} can't be looked at ({error.strerror})."
    full = f"The disk of {folder} is full: {free:,} bytes are free (SWITCHBOARD_HOME)."
    return None if free >= least else full
