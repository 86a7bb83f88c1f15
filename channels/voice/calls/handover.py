"""A human has the conversation: said once, transferred where a number is known, else waited for."""

from __future__ import annotations

from typing import Final, Literal

Due = Literal["tell", "transfer", "still_here", "nobody_yet"]
SETTLED_S: Final = 0.5
"""The reply that announces it may come just after the word that it is so."""
RECENT_S: Final = 2.0
MOST_COMFORT: Final = 2
"""To a caller whom a colleague has spoken to; before that the caller is never left in silence."""
HONEST_EVERY: Final = 3
AGAIN_S: Final = 1.0
"""Quiet after which a transfer is due again: its announcement was spoken over, else the call were over."""


class Handover:
    """What is due while an operator, or the operators' queue, has the conversation; times in seconds."""

    def __init__(self, *, comfort_s: float) -> None:
        self._comfort_after = comfort_s
        self._since: float | None = None
        self._announced = float("-inf")
        self._told = self._transferred = False
        self._quiet_since = 0.0
        self._comforted = 0
        self._answered = False

    @property
    def human(self) -> bool:
        """Whether a human has the conversation."""
        return self._since is not None

    def began(self, now: float) -> None:
        """A human has it from now on; harmless when repeated."""
        if self._since is None:
            self._since = self._quiet_since = now
            self._told = self._transferred = self._answered = False
            self._comforted = 0

    def ended(self) -> None:
        """The bot has it again."""
        self._since = None

    def announced(self, now: float) -> None:
        """A reply of the conversation is being said, which tells the caller what happens."""
        self._announced = self._quiet_since = now

    def answered(self) -> None:
        """A colleague has spoken to the caller."""
        self._answered, self._comforted = True, 0

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
        if self._answered and self._comforted >= MOST_COMFORT:
            return None
        if now - self._quiet_since < self._comfort_after:
            return None
        self._comforted += 1
        self._quiet_since = now
        return "nobody_yet" if not self._answered and self._comforted % HONEST_EVERY == 0 else "still_here"
