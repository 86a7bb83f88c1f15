"""What the conversation brings during a call, as lines to be spoken; nothing is said twice."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from channels.voice.calls.lines import SpokenLine
from channels.voice.calls.player import Player
from channels.voice.speaking.spoken import sentences
from orchestrator.conversation.event_bus import Posted, ReplyDelta

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
        self._speak(self._line(sentence, str(turn), source=turn))

    def _say_message(self, event: Posted) -> None:
        turn = f"message-{event.seq}"
        for part in sentences(event.text):
            self._speak(self._line(part, turn))
        self._player.close(turn)

    def _speak(self, line: SpokenLine) -> None:
        if line.turn != self._last_turn:
            self._last_turn, self.last_reply = line.turn, []
        self.last_reply.append(line.text)
        self._player.say(line)

    def _line(self, text: str, turn: str, *, source: UUID | None = None) -> SpokenLine:
        return SpokenLine(text=text, turn=turn, language=self._language(), source=source)
