"""This process among others on the same database: its number, its sign of life, its notifications."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import asyncpg
import structlog

from orchestrator.errors import StoreAway
from orchestrator.store.database import AWAY, Database
from orchestrator.worker import Supervised

log = structlog.get_logger()
CHANNEL = "switchboard"
PAYLOAD = 7_500
"""Bytes of one notification; PostgreSQL takes 7,999."""
WAITING = 10_000

Notice = list[Any]


REPLICA_LOCK = 0x5B0A
"""First key of that lock; the second is the replica's number."""

GRACE = "interval '2 seconds'"
"""Without a sign of life before a missing lock counts: a connection may be lost for a moment."""


def gone(row: str, *, grace: str = GRACE) -> str:
    """Return a condition that is true when the replica that has `row` (`replica`, `renewed_at`) is gone.

    One that lives holds its lock; one that lost its connection for a moment (`grace`) renews still. After
    a restart of the server nobody has their lock back for a while.
    """
    return f"""({row}.renewed_at < now() - {grace}
        AND pg_postmaster_start_time() < now() - interval '10 seconds' AND NOT EXISTS (
            SELECT 1 FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.classid = {REPLICA_LOCK}::bigint::oid
              AND l.objid = {row}.replica::bigint::oid AND l.objsubid = 2 AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))"""


class Replica:
    """Holds this process's number and lock, sends notices to the others and hears theirs.

    Notices are JSON arrays. They are best effort: after a lost connection `resync` is called, and whoever
    relies on notices reads the tables again.
    """

    def __init__(
        self, database: Database, *, hear: Callable[[Notice], None], resync: Callable[[], None]
    ) -> None:
        self.number = 0
        self.alone = True
        self._database = database
        self._hear = hear
        self._resync = resync
        self._waiting: list[str] = []
        self._flush_at_once = asyncio.Event()
        self._connection: asyncpg.Connection[Any] | None = None
        self.parts = (
            Supervised("listening", self._stay_connected),
            Supervised("notices", self._send_batches),
        )

    async def start(self) -> None:
        """Take a number and begin to listen; raise `StoreAway` when the database is away."""
        self.number = int(await self._database.fetchval("SELECT nextval('replica_numbers')"))
        self._connection = await self._connect()
        for part in self.parts:
            part.start()

    async def stop(self) -> None:
        """Stop listening; the lock goes with the connection."""
        for part in self.parts:
            await part.stop()

    def tell(self, notice: Notice) -> None:
        """Send `notice` to the other replicas soon, or not at all when there are none or too many wait."""
        if self.alone or len(self._waiting) >= WAITING:
            return
        text = json.dumps(notice, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) < PAYLOAD:
            self._waiting.append(text)
            self._flush_at_once.set()

    def stamp(self, notice: Notice) -> str:
        """Return `notice` as the payload of a `pg_notify` inside the caller's own transaction."""
        return json.dumps([self.number, [notice]], ensure_ascii=False, separators=(",", ":"))

    async def look_around(self) -> None:
        """Find out whether other replicas live."""
        others = await self._database.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1::bigint::oid"
            " AND objid <> $2::bigint::oid AND objsubid = 2 AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            REPLICA_LOCK,
            self.number,
        )
        self.alone = others == 0

    async def _connect(self) -> asyncpg.Connection[Any]:
        try:
            connection = await asyncpg.connect(self._database.url, timeout=5.0, command_timeout=5.0)
            try:
                await connection.execute(f"SELECT pg_advisory_lock({REPLICA_LOCK}, {self.number})")
                await connection.add_listener(CHANNEL, self._on_notification)
            except BaseException:
                connection.terminate()
                raise
        except AWAY as error:
            raise StoreAway("The store is away for the moment.", retry_after=2.0) from error
        return connection

    @property
    def connected(self) -> bool:
        """Say whether notices of other replicas are heard."""
        return self._connection is not None and not self._connection.is_closed()

    async def _stay_connected(self) -> None:
        while True:
            if self._connection is None:
                self._connection = await self._database.patiently(self._connect, limit=float("inf"))
                self._resync()
            try:
                await _end_of(self._connection)
                log.warning("notifications lost their connection")
            finally:
                self._connection.terminate()
                self._connection = None

    def _on_notification(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        sender, notices = json.loads(str(payload))
        if sender == self.number:
            return
        for notice in notices:
            self._hear(notice)

    async def _send_batches(self) -> None:
        while True:
            await self._flush_at_once.wait()
            await asyncio.sleep(0.02)
            self._flush_at_once.clear()
            notices, self._waiting = self._waiting, []
            with contextlib.suppress(StoreAway):
                await self._database.execute(
                    "SELECT pg_notify($1, p) FROM unnest($2::text[]) AS p",
                    CHANNEL,
                    _payloads(self.number, notices),
                )


async def _end_of(connection: asyncpg.Connection[Any]) -> None:
    gone = asyncio.Event()
    connection.add_termination_listener(lambda _: gone.set())
    if not connection.is_closed():
        await gone.wait()


def _payloads(sender: int, notices: Sequence[str]) -> list[str]:
    """Pack notices into as few payloads as fit."""
    packed: list[list[str]] = []
    room = 0
    for notice in notices:
        size = len(notice.encode()) + 1
        if not packed or size > room:
            packed.append([])
            room = PAYLOAD
        packed[-1].append(notice)
        room -= size
    return [f"[{sender},[{','.join(batch)}]]" for batch in packed]
