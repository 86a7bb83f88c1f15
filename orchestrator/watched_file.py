"""A configuration file that is followed while the gateway runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
CHECK_EVERY = 2.0
"""Seconds between looks at the file."""


class WatchedFile(Generic[T]):
    """What a file says now; a file that turns wrong keeps the last good value.

    `load` reads the file and raises an `invalid` that says what is wrong; `loaded` and `wrong` are told what
    became of a change. Calling it returns the value; the file is looked at every two seconds at most.
    """

    def __init__(
        self,
        path: Path,
        *,
        load: Callable[[Path], T],
        invalid: type[Exception],
        loaded: Callable[[T], None],
        wrong: Callable[[Exception], None],
        clock: Callable[[], float] = time.monotonic,
        load_again: Callable[[Path], T] | None = None,
    ) -> None:
        """Read the file for the first time, later with `load_again`; raises what `load` raises."""
        self._path = path
        self._load_again = load_again or load
        self._invalid = invalid
        self._loaded = loaded
        self._wrong = wrong
        self._clock = clock
        self._stamp = self._look()
        self._value = load(path)
        self.problem: str | None = None
        """What is wrong with the file now; None while its value is in force."""
        self._next_look = clock() + CHECK_EVERY

    def __call__(self) -> T:
        """Return the value as the file has it now, or as it last was right."""
        now = self._clock()
        if now >= self._next_look:
            self._next_look = now + CHECK_EVERY
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp
                self._reload()
        return self._value

    def look_again(self) -> None:
        """Read the file now, changed or not."""
        self._stamp = self._look()
        self._reload()

    def _reload(self) -> None:
        try:
            self._value = self._load_again(self._path)
        except self._invalid as error:
            self.problem = str(error)
            self._wrong(error)
            return
        except Exception as error:  # whatever a file holds, the last good value stays in force
            self.problem = f"{self._path}: can't be read ({type(error).__name__})."
            self._wrong(self._invalid(self.problem))
            return
        self.problem = None
        self._loaded(self._value)

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
