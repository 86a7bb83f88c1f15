"""What tools need of a database: asyncpg's calls, on the pool or inside one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol


class Connection(Protocol):
    """Runs SQL with `$1` parameters; records are read by column name."""

    async def fetch(self, sql: str, /, *args: Any) -> Sequence[Any]:
        """All rows."""
        ...

    async def fetchrow(self, sql: str, /, *args: Any) -> Any:
        """The first row, or None."""
        ...

    async def fetchval(self, sql: str, /, *args: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    async def execute(self, sql: str, /, *args: Any) -> Any:
        """No rows: for what is written."""
        ...


class Database(Connection, Protocol):
    """A pool: every call may use another connection, unless it is made inside `transaction()`."""

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """One connection, committed at the end, rolled back by an exception."""
        ...
