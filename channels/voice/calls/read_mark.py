"""How far the caller has heard the conversation: what is not marked in time goes out by mail."""

from __future__ import annotations

from uuid import UUID

from orchestrator.conversation.desk import Desk
from orchestrator.errors import StoreAway


class ReadMark:
    """Tells the desk which of the posted messages were spoken to the end."""

    def __init__(self, desk: Desk, conversation_id: UUID) -> None:
        self._desk = desk
        self._conversation_id = conversation_id
        self._posted = 0
        self._told = 0

    def posted(self, seq: int) -> None:
        """Take note of a message that is being spoken."""
        self._posted = max(self._posted, seq)

    async def spoken(self) -> None:
        """Say that all that was posted was spoken, or deliberately spoken over by the caller."""
        if self._posted == self._told:
            return
        try:
            await self._desk.read(self._conversation_id, self._posted)
        except StoreAway:
            return  # the next time it is told again
        self._told = self._posted
