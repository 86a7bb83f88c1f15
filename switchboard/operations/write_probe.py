"""Can the database be written, and is there room on the disk?"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import asyncpg

from orchestrator.errors import StoreAway
from orchestrator.store.database import Database

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
