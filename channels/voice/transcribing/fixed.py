"""A transcriber for measuring the gateway: it hears the same text in every utterance, at once."""

from __future__ import annotations

from channels.voice.transcribing.transcriber import Heard, TranscriberState


class FixedTranscriber:
    """`fixed:TEXT`: no model, no process."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def notice(self) -> str | None:
        """It says what it is: nobody is understood."""
        return "The transcriber hears a fixed text in every utterance; it is for measuring only."

    @property
    def alive(self) -> bool:
        """Always."""
        return True

    @property
    def state(self) -> TranscriberState:
        """Ready."""
        return TranscriberState.READY

    @property
    def detail(self) -> str:
        """What it does."""
        return "hears a fixed text"

    async def start(self) -> None:
        """Nothing has to be started."""

    async def stop(self) -> None:
        """Nothing has to be ended."""

    async def transcribe(
        self, audio: bytes, *, language: str | None, urgent: bool = True, words: bool = False
    ) -> Heard:
        """Return the fixed text, in the language asked for, with full confidence."""
        return Heard(text=self._text, language=language or "en", confidence=1.0)
