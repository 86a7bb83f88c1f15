"""Reviews a reply piece by piece while it streams, and shows what passes."""

from __future__ import annotations

from orchestrator.conversation.event_bus import EventBus, ReplyDelta
from orchestrator.turn.state import TurnState

OVERLAP = 240
"""Characters of a reply that are reviewed again with its next piece."""


class StreamReview:
    """Shows reviewed pieces of one reply while it streams; falls silent at the first blocked one.

    Each piece is reviewed together with the pieces before it, at least as long as anything a rule looks for,
    so that nothing gets through in parts, and a reply's cost grows with its length alone.
    """

    def __init__(self, bus: EventBus, turn: TurnState) -> None:
        self._bus = bus
        self._state_of = turn
        self._before: list[str] = []
        self._silent = False

    async def __call__(self, piece: str) -> None:
        """Show the next piece."""
        if self._silent or self._state_of.review("".join([*self._before, piece]), whole=False).blocked:
            self._silent = True
            return
        turn = self._state_of
        lead = "\n\n" if turn.released and not self._before else ""
        self._before = _last([*self._before, piece])
        turn.released += lead + piece
        self._bus.publish(
            turn.context.conversation_id, ReplyDelta(turn=turn.context.turn_id, text=lead + piece)
        )


def _last(pieces: list[str]) -> list[str]:
    """Return the last pieces: whole ones, so that no sentence of theirs is reviewed in another form."""
    length, place = 0, len(pieces)
    while place and length < OVERLAP:
        place -= 1
        length += len(pieces[place])
    return pieces[place:]
