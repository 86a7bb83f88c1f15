"""The server of a data folder as its file `postmaster.pid` shows it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil

PORT = 5432
"""In the socket's name only: there is no listener on any IP address."""
SOCKET = f".s.PGSQL.{PORT}"
PID, FOLDER, STATUS = 0, 4, 7
"""Lines of the file, counted from 0 (storage.sgml, `src/include/utils/pidfile.h`)."""


class Postmaster:
    """What can be known of the server without asking it."""

    def __init__(self, data: Path) -> None:
        self._data = data

    @property
    def alive(self) -> bool:
        """Say whether its process lives."""
        return self._pid() is not None

    @property
    def ready(self) -> bool:
        """Say whether it lives and takes connections."""
        return self._line(STATUS) == "ready" and self.alive

    @property
    def frozen(self) -> bool:
        """Say whether its process was stopped, so that it lives and does nothing."""
        pid = self._pid()
        try:
            return pid is not None and psutil.Process(pid).status() == psutil.STATUS_STOPPED
        except psutil.Error:
            return False

    @property
    def folder(self) -> Path | None:
        """Return the folder of its socket; None before it made one."""
        line = self._line(FOLDER)
        return self._data / line if line else None

    def forget_dead(self) -> None:
        """Remove the lock files of a server that does not run any more; a crash or a full disk leaves them.

        PostgreSQL takes a zombie for alive. Against two servers on the same data it has the shared memory's
        key.
        """
        folder = self.folder or self._data
        for file in (self._data / "postmaster.pid", folder / f"{SOCKET}.lock"):
            lines = _lines(file)
            if lines is not None and _postgres(lines) is None:
                file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it with SIGKILL: its journal makes that safe, and its children see it and end."""
        pid = self._pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def _pid(self) -> int | None:
        return _postgres(_lines(self._data / "postmaster.pid") or [])

    def _line(self, number: int) -> str:
        lines = _lines(self._data / "postmaster.pid") or []
        return lines[number].strip() if len(lines) > number else ""


def _lines(file: Path) -> list[str] | None:
    try:
        return file.read_text().splitlines()
    except FileNotFoundError:
        return None


def _postgres(lines: list[str]) -> int | None:
    """Return the process that a lock file names if it lives and is PostgreSQL.

    A zombie does not live: it waits for a parent that may never ask.
    """
    first = lines[PID].strip() if lines else ""
    if not first.isdigit():
        return None
    try:
        process = psutil.Process(int(first))
        dead = process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
        return None if dead or not process.name().startswith("postgres") else int(first)
    except psutil.NoSuchProcess:
        return None
    except psutil.AccessDenied:
        return int(first)
