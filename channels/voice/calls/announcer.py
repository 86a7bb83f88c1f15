"""Our own words in a call, and the language we speak."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from channels.voice.calls.call_phrases import phrase
from channels.voice.calls.playback import SpokenLine
from channels.voice.calls.player import Player
from channels.voice.transcribing.transcriber import Heard

TELLING_WORDS: Final = 2
"""A single word tells little of a language."""


class CallLanguage:
    """The language of a call: detected with the first words that tell, then kept.

    `hint` is what the caller's browser is set to: we begin in it, and they may speak another.
    """

    def __init__(self, hint: str | None, *, default: str, sure_from: float) -> None:
        self.assumed: str | None = None
        self.spoken = hint or default
        self._sure_from = sure_from

    def learn(self, heard: Heard) -> None:
        """Take the language of a transcript for that of the call, where none is known yet."""
        telling = heard.confidence >= self._sure_from and len(heard.text.split()) >= TELLING_WORDS
        if self.assumed is None and telling and heard.language:
            self.assumed = self.spoken = heard.language


class Announcer:
    """Says our own sentences; `free` lets them out while a reply is held back."""

    def __init__(self, player: Player, language: CallLanguage, *, free: Callable[[], None]) -> None:
        self._free = free
        self._player = player
        self._language = language
        self._number = 0
        self.mute = False
        """Set when the call is over."""

    def say(
        self,
        name: str,
        *,
        first: bool = False,
        then: Callable[[], None] | None = None,
        **values: str,
    ) -> None:
        """Say one of our sentences by its name."""
        self.say_text(phrase(name, self._language.spoken, **values), first=first, then=then)

    def fill(self, text: str) -> None:
        """Say a filler, also in front of a reply that was cut short: the caller waited long enough."""
        self.say_text(text, first=True)
        self._free()

    def say_text(self, text: str, *, first: bool = False, then: Callable[[], None] | None = None) -> None:
        """Say a sentence; `first` before all that waits, `then` is called when it was heard to its end."""
        if self.mute:
            return
        self._number += 1
        turn = f"own-{self._number}"
        line = SpokenLine(text=text, turn=turn, language=self._language.spoken, then=then)
        self._player.say(line, first=first, closed=True)
        if not self._player.cut:
            self._free()
