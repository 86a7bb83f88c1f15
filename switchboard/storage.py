"""Opens the database that the settings name: the embedded one, or yours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack

from orchestrator.errors import StoreAway
from orchestrator.store.database import Database
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.migrate import migrate
from orchestrator.worker import Supervised
from switchboard.errors import StartFailed
from switchboard.operations.write_probe import full_disk
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
