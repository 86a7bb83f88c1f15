"""What is said while the answer takes long: one short filler, then now and then that we are still there."""

from __future__ import annotations

from channels.voice.calls.words import FILLERS, PATIENCE, tongue


class Fillers:
    """Decides what is due: a filler after `after_s` seconds of silence from us, never two in a row.

    A caller who has heard one, or a read-back, and waits on hears after each `patience_s` seconds of silence
    that it takes longer, in other words each time.
    """

    def __init__(self, *, after_s: float, patience_s: float) -> None:
        self._after = after_s
        self._patience = patience_s
        self._since: float | None = None
        self._allowed = True
        self._next = 0
        self._waits = 0

    def said(self) -> None:
        """Something was said that fills the wait: no filler until a reply was heard."""
        self._allowed = False

    def replied(self) -> None:
        """A reply is being heard: the next wait may have a filler again."""
        self._allowed = True

    def tick(self, now: float, *, thinking: bool, language: str) -> str | None:
        """Take the time; return a filler when one is due. `thinking` only while nothing is being said."""
        if not thinking:
            self._since = None
            return None
        if self._since is None:
            self._since = now
        waited = now - self._since
        if self._allowed and waited >= self._after:
            return self._filler(language)
        return self._still_here(now, language) if waited >= self._patience else None

    def _filler(self, language: str) -> str:
        self._allowed = False
        choices = FILLERS[tongue(language)]
        self._next += 1
        return choices[(self._next - 1) % len(choices)]

    def _still_here(self, now: float, language: str) -> str:
        self._since = now
        choices = PATIENCE[tongue(language)]
        self._waits += 1
        return choices[(self._waits - 1) % len(choices)]
