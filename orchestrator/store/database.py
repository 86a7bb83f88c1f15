"""One pool of PostgreSQL connections, with the database's absence told as `StoreAway`."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
import structlog

from orchestrator.errors import StoreAway
from orchestrator.worker import Backoff

log = structlog.get_logger()
T = TypeVar("T")

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    asyncpg.InternalClientError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
RETRY_AFTER = 2.0
PATIENCE = Backoff(first=0.1, longest=2.0)

RELAXED = "set_config('synchronous_commit', 'off', true) IS NOT NULL"
"""A condition that is always true and lets this statement's commit reach the disk with the next one.

Only for rows without which nothing is lost: a crash of PostgreSQL itself can take the last half second's.
"""


if TYPE_CHECKING:
    BaseConnection = asyncpg.Connection[Any]
else:
    BaseConnection = asyncpg.Connection  # no generic at run time


class PooledConnection(BaseConnection):
    """A connection whose return to the pool costs no round trip: nothing here leaves session state behind."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Return no query at all."""
        return ""


# Statements here look rows up by keys: one plan serves all values, and planning costs more than running.
PLAN_ONCE = "SET plan_cache_mode = force_generic_plan; SET jit = off"


async def _speak_json(connection: asyncpg.Connection[Any]) -> None:
    await connection.execute(PLAN_ONCE)
    await connection.set_type_codec("jsonb", encoder=_dumps, decoder=json.loads, schema="pg_catalog")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _absence_told() -> Iterator[None]:
    try:
        yield
    except AWAY as error:
        raise StoreAway(_absence(error), retry_after=RETRY_AFTER) from error


def _absence(error: BaseException) -> str:
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return "No file descriptors are left for the store."
    return "The store is away for the moment."


class Database:
    """PostgreSQL for every floor: short statements, each in a connection of the pool.

    Every method raises `StoreAway` when the database can't be reached within `patience` seconds,
    shuts down, or has no room left on its disk.
    """

    def __init__(self, url: str, pool: asyncpg.Pool[Any], *, patience: float) -> None:
        self.url = url
        self._pool = pool
        self._patience = patience

    @classmethod
    async def open(cls, url: str, *, size: int = 12, patience: float = 3.0) -> Database:
        """Connect to `url` with up to `size` connections; raise `StoreAway` when that fails."""
        with _absence_told():
            pool = await asyncpg.create_pool(
                url,
                min_size=1,
                max_size=size,
                init=_speak_json,
                connection_class=PooledConnection,
                command_timeout=8.0,  # a silent network is told as an absence, not waited out
                timeout=patience,
                max_inactive_connection_lifetime=60.0,
            )
        return cls(url, pool, patience=patience)

    async def fetch(self, sql: str, *args: object) -> list[Any]:
        """Run one statement and return its rows."""
        async with self.connection() as connection:
            return list(await connection.fetch(sql, *args))

    async def fetchrow(self, sql: str, *args: object) -> Any:
        """Run one statement and return its first row or None."""
        async with self.connection() as connection:
            return await connection.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: object) -> Any:
        """Run one statement and return the first column of its first row or None."""
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: object) -> str:
        """Run one statement and return PostgreSQL's command tag."""
        async with self.connection() as connection:
            return str(await connection.execute(sql, *args))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        """Yield a connection inside one transaction."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Yield a connection of the pool."""
        with _absence_told():
            async with self._pool.acquire(timeout=self._patience) as connection:
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    connection.terminate()  # the server hung up as a statement began: it is of no more use
                    raise

    async def patiently(self, work: Callable[[], Awaitable[T]], *, limit: float = 90.0) -> T:
        """Repeat `work`, which is safe to repeat, while the database is away, at most `limit` seconds."""
        ends, tries = asyncio.get_running_loop().time() + limit, 0
        while True:
            try:
                return await work()
            except StoreAway:
                tries += 1
                pause = PATIENCE.pause(tries)
                if asyncio.get_running_loop().time() + pause > ends:
                    raise
                await asyncio.sleep(pause)

    async def close(self) -> None:
        """Close every connection; those still busy after 5 s are cut."""
        try:
            await asyncio.wait_for(self._pool.close(), 5.0)
        except (TimeoutError, *AWAY):
            self._pool.terminate()


def storable(text: str | None) -> str | None:
    """Return `text` without NUL and lone surrogates, which PostgreSQL's text can't hold."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def storable_json(value: Any) -> Any:
    """Return a JSON value whose texts, keys too, are storable."""
    match value:
        case str():
            return storable(value)
        case dict():
            return {storable(str(key)): storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [storable_json(item) for item in value]
    return value
