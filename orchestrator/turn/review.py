"""Reviews a reply piece by piece while it streams, and shows what passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from guardrails.verdict import Verdict
from orchestrator.conversation.event_bus import EventBus, ReplyDelta

OVERLAP = 240
"""Characters of a reply that are reviewed again with its next piece."""


class Reviewed(Protocol):
    """The turn a reply belongs to; `released` is all that it has shown so far."""

    released: str

    @property
    def turn_id(self) -> UUID:
        """The turn's id."""
        ...

    @property
    def conversation_id(self) -> UUID:
        """Whose events the pieces are."""
        ...

    def review(self, reply: str, *, whole: bool) -> Verdict:
        """Check a reply, or a piece of one."""
        ...


class StreamReview:
    """Shows reviewed pieces of one reply while it streams; falls silent at the first blocked one.

    Each piece is reviewed together with the pieces before it, at least as long as anything a rule looks for,
    so that nothing gets through in parts, and a reply's cost grows with its length alone.
    What is reviewed as a whole before it is shown is not reviewed in pieces as well.
    """

    def __init__(self, turn: Reviewed, bus: EventBus) -> None:
        self._bus = bus
        self._turn = turn
        self._before: list[str] = []
        self._silent = False

    async def __call__(self, piece: str) -> None:
        """Show the next piece if it passes."""
        if self._silent or self._turn.review("".join([*self._before, piece]), whole=False).blocked:
            self._silent = True
            return
        self.show((piece,))

    def show(self, pieces: Sequence[str]) -> None:
        """Show pieces that passed already, unless an earlier one of this reply did not."""
        for piece in () if self._silent else pieces:
            text = f"\n\n{piece}" if self._turn.released and not self._before else piece
            self._before = _last([*self._before, piece])
            self._turn.released += text
            self._bus.publish(self._turn.conversation_id, ReplyDelta(turn=self._turn.turn_id, text=text))


def _last(pieces: list[str]) -> list[str]:
    """Return the last pieces: whole ones, so that no sentence of theirs is reviewed in another form."""
    length, place = 0, len(pieces)
    while place and length < OVERLAP:
        place -= 1
        length += len(pieces[place])
    return pieces[place:]
