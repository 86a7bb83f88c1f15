"""A human has the conversation: said once, transferred where a number is known, else waited for."""

from __future__ import annotations

from typing import Final, Literal

Due = Literal["tell", "transfer", "still_here"]
SETTLED_S: Final = 0.5
"""The reply that announces it may come just after the word that it is so."""
RECENT_S: Final = 2.0
MOST_COMFORT: Final = 2
AGAIN_S: Final = 1.0
"""Quiet after which a transfer whose announcement was spoken over is due again: it would have ended the call."""


class Handover:
    """What is due while an operator, or the operators' queue, has the conversation; times in seconds."""

    def __init__(self, *, comfort_s: float) -> None:
        self._comfort_after = comfort_s
        self._since: float | None = None
        self._announced = float("-inf")
        self._told = self._transferred = False
        self._quiet_since = 0.0
        self._comforted = 0

    @property
    def human(self) -> bool:
        """Whether a human has the conversation."""
        return self._since is not None

    def began(self, now: float) -> None:
        """A human has it from now on; harmless when repeated."""
        if self._since is None:
            self._since = self._quiet_since = now
            self._told = self._transferred = False
            self._comforted = 0

    def ended(self) -> None:
        """The bot has it again."""
        self._since = None

    def announced(self, now: float) -> None:
        """A reply of the conversation is being said, which tells the caller what happens."""
        self._announced = self._quiet_since = now

    def tick(self, now: float, *, quiet: bool, transfer: bool) -> Due | None:
        """Take the time; `quiet` when nobody speaks, `transfer` when a number is known."""
        if self._since is None:
            return None
        if not quiet:
            self._quiet_since = now
            return None
        if not self._told and now - self._since >= SETTLED_S:
            self._told = True
            if self._announced < self._since - RECENT_S:
                return "tell"
        if self._told and transfer:
            due = not self._transferred or now - self._quiet_since >= AGAIN_S
            self._transferred = True
            return "transfer" if due else None
        return self._comfort(now)

    def _comfort(self, now: float) -> Due | None:
        if self._comforted >= MOST_COMFORT:
            return None
        if now - self._quiet_since < self._comfort_after:
            return None
        self._comforted += 1
        self._quiet_since = now
        return "still_here"
