"""Between the call and the front desk: messages go in, replies spoken over are stopped."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from channels.chat.visit import Visit
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.playback import SpokenLine
from channels.voice.calls.player import Player
from channels.voice.speaking.spoken.spoken_sentences import sentences
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import Posted, ReplyDelta
from orchestrator.conversation.message import Accepted, Inbound, Spoken, VisitorSession
from orchestrator.errors import SessionUnknown, StoreAway

REMEMBERED: Final = 16
LONGEST_SENTENCE: Final = 4_000
"""Characters of a sentence that does not end; then it is spoken as far as it goes."""
_WORDS: Final = re.compile(r"\w+")
_ENDS: Final = (".", "!", "?", "…", ":", "\n")


@dataclass(kw_only=True, slots=True)
class _Reply:
    """One turn's reply: the beginning of its next sentence, and the words said of it so far."""

    waiting: str = ""
    said: str = " "


class SpokenReplies:
    """Turns released pieces and stored messages into lines for the player."""

    def __init__(self, player: Player, language: Callable[[], str]) -> None:
        self._player = player
        self._language = language
        self._replies: OrderedDict[UUID, _Reply] = OrderedDict()
        self._dropped: OrderedDict[UUID, None] = OrderedDict()
        self._last_turn = ""
        self.last_reply: list[str] = []
        """The sentences of the reply or message that was said last."""

    def delta(self, event: ReplyDelta) -> None:
        """Say the sentences that are whole now."""
        if event.turn in self._dropped:
            return
        reply = self._reply(event.turn)
        reply.waiting += event.text
        self._say_whole(event.turn, reply)

    def remark_over(self, turn: UUID) -> None:
        """An action follows: what was begun is all that is said before it."""
        if (reply := self._replies.get(turn)) is not None and turn not in self._dropped:
            text, reply.waiting = reply.waiting, ""
            self._say(turn, reply, text)

    def posted(self, event: Posted) -> bool:
        """Say what of a stored message was not said yet; return whether it is for the caller's ear."""
        if event.author == "customer" or event.turn in self._dropped:
            return False
        if event.turn is None:
            self._say_message(event)
            return True
        reply = self._reply(event.turn)
        reply.waiting = ""
        self._say(event.turn, reply, event.text)
        self._player.close(str(event.turn))
        return True

    def spoke(self, turn: UUID) -> bool:
        """Say whether there was a reply of a turn, or the caller spoke over it."""
        return turn in self._replies or turn in self._dropped

    def dropped(self, turn: UUID) -> bool:
        """Say whether the caller spoke over a turn."""
        return turn in self._dropped

    def drop(self, turn: UUID) -> None:
        """Say no more of a turn that the caller spoke over."""
        self._dropped[turn] = None
        self._replies.pop(turn, None)
        if len(self._dropped) > REMEMBERED:
            self._dropped.popitem(last=False)

    def _reply(self, turn: UUID) -> _Reply:
        reply = self._replies.setdefault(turn, _Reply())
        if len(self._replies) > REMEMBERED:
            self._replies.popitem(last=False)
        return reply

    def _say_whole(self, turn: UUID, reply: _Reply) -> None:
        """Say all but a sentence that is still arriving."""
        text = reply.waiting
        parts = sentences(text)
        if not parts:
            return
        reply.waiting = ""
        if not text.rstrip(" ").endswith(_ENDS) and len(parts[-1]) < LONGEST_SENTENCE:
            space = " " if text[-1].isspace() else ""
            reply.waiting = parts.pop() + space
        for part in parts:
            self._say_once(turn, reply, part)

    def _say(self, turn: UUID, reply: _Reply, text: str) -> None:
        for part in sentences(text):
            self._say_once(turn, reply, part)

    def _say_once(self, turn: UUID, reply: _Reply, sentence: str) -> None:
        words = " ".join(_WORDS.findall(sentence.casefold()))
        if not words or f" {words} " in reply.said:
            return
        reply.said += f"{words} "
        self._speak(sentence, str(turn), source=turn)

    def _say_message(self, event: Posted) -> None:
        turn = f"message-{event.seq}"
        for part in sentences(event.text):
            self._speak(part, turn)
        self._player.close(turn)

    def _speak(self, text: str, turn: str, *, source: UUID | None = None) -> None:
        if turn != self._last_turn:
            self._last_turn, self.last_reply = turn, []
        self.last_reply.append(text)
        self._player.say(SpokenLine(text=text, turn=turn, language=self._language(), source=source))


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
