"""One client's session while its wire is open: does its token still name it, and is there a new one?"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import SessionUnknown, StoreAway

SENT: Final = 64
"""Messages back that are known to be this client's own."""
PAUSE: Final = 1.0


class Visit:
    """A session as one client has it; others may have it too, and one of them may be somebody else."""

    __slots__ = ("_desk", "_sent", "session")

    def __init__(self, desk: Desk, session: VisitorSession) -> None:
        self._desk = desk
        self._sent: deque[str] = deque(maxlen=SENT)
        self.session = session

    def sent(self, key: str) -> None:
        """Note the key of a message that this client sends."""
        self._sent.append(key)

    async def token_replaced(self, *, waits: bool = True) -> bool:
        """Look whether this client got a new token; raise `SessionUnknown` when its session is over for it.

        Nothing more may be shown before this is known: while the store is away it `waits`, or raises
        `StoreAway`.
        """
        now = await self._current(waits=waits)
        if now is None:
            raise SessionUnknown("The token of this session was replaced.")
        replaced = now.token != self.session.token
        self.session = now
        return replaced

    async def _current(self, *, waits: bool) -> VisitorSession | None:
        while True:
            try:
                return await self._desk.current_session(self.session, sent=self._sent)
            except StoreAway as error:
                if not waits:
                    raise
                await asyncio.sleep(error.retry_after or PAUSE)
