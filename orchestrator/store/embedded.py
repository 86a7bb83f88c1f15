"""The embedded PostgreSQL: started for a data folder, kept alive, stopped by the last process that used it.

Who uses it holds a shared file lock, which the kernel drops with the process: a SIGKILL of ours leaves the
server running, the next start finds it, and the last clean stop ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import structlog

from orchestrator.store.postgres_privacy import is_private, password, private_folder, rules, socket_folder
from orchestrator.store.postgres_program import EmbeddedFailed, Program, last_words
from orchestrator.store.postmaster import PORT, SOCKET, Postmaster

log = structlog.get_logger()

EMBEDDED_FAILURES = (OSError, subprocess.SubprocessError, EmbeddedFailed)
"""What starting the server can raise."""

RECOVERY = 60.0
"""Seconds that a server may take to get ready after a crash."""
TRIES = 3
"""Starts before giving up: the children of a killed server take a moment to let go of its memory."""
TURN = 90.0
"""Seconds to wait for another process that is starting the same server."""
STOPS_WITHIN = 20.0
BIRTH = 1.0
"""Seconds that a server may take to write down who it is."""
HERE = "."
"""The data folder, as a socket's folder in the eyes of the server, which works there."""

CONFIGURATION = """
# Written by Switchboard at first start.
max_connections = 100
password_encryption = 'scram-sha-256'
log_min_messages = fatal
"""


class EmbeddedPostgres:
    """One PostgreSQL server below `home`, reached with a password through a unix socket only."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self._data = self._home / "postgres"
        self._postmaster = Postmaster(self._data)
        self._users: IO[str] | None = None

    @property
    def url(self) -> str:
        """Return the address to connect to, password and all; valid after `start`."""
        word = quote(password(self._home / "secrets"), safe="")
        folder = quote(str(self._postmaster.folder), safe="/")
        return f"postgresql://postgres:{word}@/postgres?host={folder}"

    async def start(self) -> str:
        """Start the server, or find it running, and return its URL; raises one of `EMBEDDED_FAILURES`."""
        await asyncio.to_thread(self._start)
        return self.url

    async def revive(self) -> None:
        """Start the server again if it died; harmless when it runs."""
        await asyncio.to_thread(self._ensure_running)

    async def guard(self, *, pause: float = 1.0) -> None:
        """Revive the server whenever it is found dead or cut off; raises one of `EMBEDDED_FAILURES`."""
        while True:
            await asyncio.sleep(pause)
            if self._postmaster.alive and self._reachable():
                continue
            log.warning("embedded PostgreSQL is down, starting it again")
            await self.revive()
            log.info("embedded PostgreSQL is up again")

    def trouble(self) -> str | None:
        """Say what is wrong with the server as its process shows it: without that one nobody new gets in."""
        return "PostgreSQL is frozen (SIGSTOP)." if self._postmaster.frozen else None

    async def stop(self) -> bool:
        """Stop the server unless another process still uses it; say whether nobody does any more."""
        return await asyncio.to_thread(self._stop)

    def _start(self) -> None:
        self._home.mkdir(parents=True, exist_ok=True)
        locks = private_folder(self._home / "locks")
        self._users = _opened(locks / "postgres.users")
        fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            self._ensure_running()
        except BaseException:
            self._users.close()
            self._users = None
            raise
        for old in (
            "postgres.users",
            "postgres.lock",
        ):  # earlier versions had them where others could lock them
            (self._home / old).unlink(missing_ok=True)

    def _ensure_running(self) -> None:
        with self._alone():
            program = Program(self._data)
            if not (self._data / "PG_VERSION").exists():
                self._make()
            program.adopt()
            self._close_to_others(program)
            if self._postmaster.alive and not self._reachable():
                self._end(program)  # of an earlier version, or its socket was tidied away
            if not self._postmaster.ready:
                self._launch(program)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold off other processes that would start the same server, for as long as the block runs."""
        ends = time.monotonic() + TURN
        with _opened(self._home / "locks" / "postgres.lock") as gate:
            while not _locked(gate):
                if time.monotonic() > ends:
                    raise EmbeddedFailed(f"another process has been starting it for {TURN:g} seconds")
                time.sleep(0.05)
            yield

    def _make(self) -> None:
        """Make the data folder whole, or not at all."""
        draft = self._data if self._data.exists() else self._data.with_name("postgres.new")
        if draft != self._data:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(mode=0o700)
        program = Program(draft)
        program.adopt()
        program.run("initdb", "--auth=reject", "--encoding=utf8", "--username=postgres")
        configuration = draft / "postgresql.conf"
        configuration.write_text(configuration.read_text() + CONFIGURATION)
        self._give_password(program)
        if draft != self._data:
            draft.rename(self._data)

    def _close_to_others(self, program: Program) -> None:
        """See to it that nobody gets in without the password: earlier versions trusted every local user."""
        word = password(self._home / "secrets", make=True)
        with contextlib.suppress(FileNotFoundError):
            if (self._data / "pg_hba.conf").read_text() == rules(word):
                return
        log.info("closing the embedded PostgreSQL to everybody without its password")
        if self._postmaster.alive:
            self._end(program)
        self._give_password(program)

    def _give_password(self, program: Program) -> None:
        word = password(self._home / "secrets", make=True)
        Postmaster(program.data).forget_dead()
        # A server of one session, for this process alone, asks for no password (postgres(1), --single).
        said = program.run(
            "postgres", "--single", "postgres", said=f"ALTER ROLE postgres PASSWORD '{word}'\n"
        )
        if "ERROR:" in said:
            raise EmbeddedFailed(f"its password can't be set: {last_words(said)}")
        (program.data / "pg_hba.conf").write_text(rules(word))

    def _launch(self, program: Program) -> None:
        """Start the server, or wait for one that is still starting: after a crash it recovers first."""
        ends = time.monotonic() + RECOVERY
        for _ in range(TRIES):
            self._postmaster.forget_dead()
            if not self._postmaster.alive:
                self._spawn(program)
            if self._ready_before(ends):
                return
            time.sleep(0.5)
        raise EmbeddedFailed(last_words(_end_of(self._data / "log")))

    def _ready_before(self, ends: float) -> bool:
        """Wait while the server starts; say whether it did."""
        born = time.monotonic() + BIRTH
        while time.monotonic() < ends and (self._postmaster.alive or time.monotonic() < born):
            if self._postmaster.ready:
                return True
            time.sleep(0.02)
        return False

    def _spawn(self, program: Program) -> None:
        folder = socket_folder(self._data, program.user)
        options = {
            "listen_addresses": "",
            "port": PORT,
            "unix_socket_directories": HERE if folder == self._data else folder,
            "unix_socket_permissions": "0700",
        }
        told = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in options.items())
        program.run("pg_ctl", "start", "-W", "-s", "-l", "{data}/log", "-o", told)

    def _reachable(self) -> bool:
        """Say whether its socket is there, in a folder that nobody else could have put it into."""
        folder = self._postmaster.folder
        if folder is None:
            return True  # it is only just starting
        return is_private(folder, Program(self._data).user) and (folder / SOCKET).exists()

    def _stop(self) -> bool:
        if self._users is None:
            return False
        try:
            if not _locked(self._users):
                log.info("embedded PostgreSQL stays up for another process")
                return False
            if self._postmaster.alive:
                self._end(Program(self._data))
            return True
        finally:
            self._users.close()
            self._users = None

    def _end(self, program: Program) -> None:
        folder = self._postmaster.folder
        seconds = f"{STOPS_WITHIN:g}"
        try:
            program.run("pg_ctl", "stop", "-s", "-m", "fast", "-t", seconds, limit=STOPS_WITHIN + 10.0)
        except EMBEDDED_FAILURES as error:
            log.warning("embedded PostgreSQL did not stop in good order", error=str(error))
            self._postmaster.kill()
        if folder is not None and folder != self._data:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _opened(file: Path) -> IO[str]:
    return os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600), "r+")


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_of(file: Path, characters: int = 4_000) -> str:
    try:
        return file.read_text(errors="replace")[-characters:]
    except OSError:
        return ""
