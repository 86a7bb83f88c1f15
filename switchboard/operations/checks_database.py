"""Is the database there, and is its schema ours?"""

from __future__ import annotations

from orchestrator.errors import StoreAway
from orchestrator.store.database import Database
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.migrate import applied, pending
from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.settings import Settings

OLDEST = 14


async def check_database(settings: Settings) -> Finding:
    """Connect to the given database, or start the embedded one where it exists; stop it again unless used."""
    if settings.database_url:
        return await _examined(settings.database_url.get_secret_value(), "The given database")
    if not (settings.home / "postgres" / "PG_VERSION").exists():
        return ok("database", f"Embedded PostgreSQL will be set up under {settings.home} at the first start.")
    server = EmbeddedPostgres(settings.home)
    try:
        return await _examined(await server.start(), "Embedded PostgreSQL")
    except EMBEDDED_FAILURES as error:
        return broken(
            "database", f"Embedded PostgreSQL can't be started: {str(error) or type(error).__name__}."
        )
    finally:
        await server.stop()


async def _examined(url: str, what: str) -> Finding:
    try:
        database = await Database.open(url, size=1)
    except StoreAway as error:
        return broken("database", f"{what} can't be reached: {error.__cause__}.")
    try:
        async with database.connection() as connection:
            version = int(await connection.fetchval("SHOW server_version_num")) // 10_000
            missing = pending(await applied(connection))
    finally:
        await database.close()
    if version < OLDEST:
        return broken("database", f"{what} is PostgreSQL {version}; {OLDEST} or newer is needed.")
    if missing:
        names = ", ".join(missing)
        return warning("database", f"{what} answers (PostgreSQL {version}); the next start applies {names}.")
    return ok("database", f"{what} answers (PostgreSQL {version}), its schema is up to date.")
