"""A caller who says nothing: one gentle prompt, then goodbye."""

from __future__ import annotations

from typing import Literal

Due = Literal["prompt", "goodbye"]


class Silence:
    """Counts the caller's silence in seconds; it stands still while `still`."""

    def __init__(self, *, prompt_s: float, goodbye_s: float) -> None:
        self._prompt = prompt_s
        self._goodbye = goodbye_s
        self._quiet = 0.0
        self._prompted = False
        self._over = False
        self._last: float | None = None

    def broken(self) -> None:
        """Begin anew: the caller said something."""
        self._quiet, self._prompted, self._over = 0.0, False, False

    def answered(self) -> None:
        """Begin to count anew, for we said something ourselves; a prompt already given stays given."""
        self._quiet = 0.0

    def tick(self, now: float, *, still: bool) -> Due | None:
        """Take the time; return what is to be said now, each at most once per silence."""
        passed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        if still or self._over:
            return None
        self._quiet += passed
        if not self._prompted and self._quiet >= self._prompt:
            self._prompted, self._quiet = True, 0.0
            return "prompt"
        if self._prompted and self._quiet >= self._goodbye:
            self._over = True
            return "goodbye"
        return None
