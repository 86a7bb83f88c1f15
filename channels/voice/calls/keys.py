"""Digits keyed in on a telephone: collected until the hash key or a pause."""

from __future__ import annotations

from typing import Final

KEYS: Final = frozenset("0123456789*#ABCDabcd")
MOST: Final = 32
"""Digits of one number; what is beyond is left out."""


class Keys:
    """Collects digits; times in seconds."""

    def __init__(self, *, pause_s: float) -> None:
        self._pause = pause_s
        self._digits = ""
        self._last = 0.0

    @property
    def collecting(self) -> bool:
        """Whether a number is being keyed in."""
        return bool(self._digits)

    def press(self, key: str, now: float) -> str | None:
        """Take a key; return the number when the hash key ends it. The star key begins it anew."""
        if key == "#":
            return self._take()
        if key == "*":
            self._digits = ""
        elif key.isdigit() and len(self._digits) < MOST:
            self._digits += key
        self._last = now
        return None

    def due(self, now: float) -> str | None:
        """Return the number when nothing was pressed for a while."""
        return self._take() if self._digits and now - self._last >= self._pause else None

    def _take(self) -> str | None:
        digits, self._digits = self._digits, ""
        return digits or None
