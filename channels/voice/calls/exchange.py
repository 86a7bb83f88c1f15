"""Between the call and the front desk: messages go in, replies spoken over are stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from channels.chat.visit import Visit
from channels.voice.calls.answers import SpokenReplies
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.player import Player
from channels.voice.calls.turns import AwaitedTurns
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.message import Accepted, Inbound, Spoken, VisitorSession
from orchestrator.errors import SessionUnknown, StoreAway

log = structlog.get_logger()
PAUSES: Final = (0.3, 1.0, 2.0, 4.0)
"""Seconds between tries while the store is away."""


class CallExchange:
    """Hands in what the caller said; each message has a key of its own, so that a retry is safe."""

    def __init__(
        self,
        *,
        desk: Desk,
        session: VisitorSession,
        call_id: str,
        player: Player,
        answers: SpokenReplies,
        turns: AwaitedTurns,
        waiting: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._visit = Visit(desk, session)
        self._call_id = call_id
        self._player = player
        self._answers = answers
        self._turns = turns
        self._waiting = waiting
        self._number = 0

    async def stop_reply(self) -> bool:
        """Drop what was being said and stop its turn, with what was heard of it; return if there was one."""
        stopped = self._player.drop()
        if (running := self._turns.running) is not None:
            stopped.setdefault(running, self._player.heard(running))
            self._turns.running = None
        for turn in stopped:
            self._answers.drop(turn)
        await self.note_heard(stopped)
        return bool(stopped)

    async def note_heard(self, heard: dict[UUID, str]) -> None:
        """Have memory keep what was heard of replies; a store that is away keeps them whole."""
        for turn, words in heard.items():
            try:
                await self._desk.interrupt(self._visit.session.conversation_id, turn, words)
            except StoreAway:
                log.warning("an interruption could not be noted", turn=str(turn))

    async def look_again(self, outbox: Outbox, *, over: Callable[[], None]) -> None:
        """Tell the client its new token where it got one; call `over` where the session is over for it."""
        try:
            if await self._visit.token_replaced():
                outbox.tell({"type": "token", "token": self._visit.session.token})
        except SessionUnknown:
            over()

    async def hand_in(self, text: str, spoken: Spoken | None) -> Accepted:
        """Store a message; raises OrchestratorError, StoreAway only after some seconds of trying."""
        self._number += 1
        session = self._visit.session
        inbound = Inbound(
            channel="voice",
            key=f"{self._call_id}:{self._number}",
            session_id=session.id,
            text=text,
            spoken=spoken,
            session=session,
        )
        self._visit.sent(inbound.key)
        for pause in PAUSES:
            try:
                return await self._desk.accept(inbound)
            except StoreAway:
                if pause == PAUSES[1]:
                    self._waiting()
                await asyncio.sleep(pause)
        return await self._desk.accept(inbound)
