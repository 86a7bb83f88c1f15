"""Which answer is being waited for, and which turn is known to run."""

from __future__ import annotations

from typing import Final
from uuid import UUID

LATE_S: Final = 5.0
"""After a reply was stored, word of its turn's end may be lost; then this long is waited for it."""


class AwaitedTurns:
    """Follows the turns of the conversation; times in seconds, `limit_s` for one answer."""

    def __init__(self, *, limit_s: float) -> None:
        self._limit = limit_s
        self._seq = 0
        self._until: float | None = None
        self.running: UUID | None = None

    @property
    def pending(self) -> bool:
        """Whether a message of the caller has no answer yet."""
        return self._until is not None

    def accepted(self, seq: int, now: float) -> None:
        """A message was taken in at `seq`; its answer is on the way."""
        self._seq = max(self._seq, seq)
        self._until = now + self._limit

    def seen(self, turn: UUID) -> None:
        """A turn gives a sign of life."""
        self.running = turn

    def replied(self, turn: UUID, now: float) -> None:
        """A turn's reply is stored: its end comes soon."""
        if self._until is not None:
            self._until = min(self._until, now + LATE_S)
        if turn == self.running:
            self.running = None

    def ended(self, turn: UUID, upto_seq: int, now: float) -> None:
        """A turn is over and has answered everything up to `upto_seq`."""
        if turn == self.running:
            self.running = None
        if self._until is None:
            return
        self._until = None if upto_seq >= self._seq else now + self._limit

    def forget(self) -> None:
        """No turn is waited for any more: a human has the conversation."""
        self._until = self.running = None

    def overdue(self, now: float) -> bool:
        """Say whether the answer did not come in time; then it is no longer waited for."""
        if self._until is None or now < self._until:
            return False
        self._until = None
        return True
