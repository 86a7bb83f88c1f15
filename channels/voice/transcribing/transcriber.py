"""What transcribes: the interface that calls know, and what it gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from channels.voice.settings import RATE

LONGEST_S: Final = 30.0
"""Longest audio that is taken: one window of Whisper."""
LONGEST_BYTES: Final = int(LONGEST_S * RATE) * 2


class TranscriberState(StrEnum):
    """Where a transcriber stands."""

    LOADING = "loading"
    READY = "ready"
    TEST_MODEL = "test_model"
    """Ready, but only with the test weights: see `Transcriber.notice`."""
    FAILED = "failed"
    """Its process can't be kept running; it goes on being tried."""
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """One word: seconds from the start of the audio, confidence from 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """A transcript: empty `text` when nothing was said; `confidence` from 0 to 1; `took_ms` of computing."""

    text: str
    language: str
    confidence: float
    words: tuple[Word, ...] = ()
    took_ms: float = 0.0


class Transcriber(Protocol):
    """Turns the audio of one utterance into text; used by all calls side by side."""

    @property
    def notice(self) -> str | None:
        """A sentence to show loudly wherever people look; None when all is as configured."""
        ...

    @property
    def alive(self) -> bool:
        """Whether an utterance given now would be worked on."""
        ...

    @property
    def state(self) -> TranscriberState:
        """Where it stands."""
        ...

    @property
    def detail(self) -> str:
        """One sentence on the state, for readiness and `switchboard doctor`."""
        ...

    async def start(self) -> None:
        """Begin; returns when the model is ready or the bound for waiting has passed."""
        ...

    async def stop(self) -> None:
        """End, also what is being worked on."""
        ...

    async def transcribe(
        self, audio: bytes, *, language: str | None, urgent: bool = True, words: bool = False
    ) -> Heard:
        """Return what is said in `audio` (PCM16, 16 kHz, mono, at most 30 s: more is cut off at the front).

        `language` None lets the model detect it. What is not `urgent` waits behind what is; cancelling
        takes a waiting utterance out of the queue. `words` asks for times and confidence of each word.
        Raises TranscriberBusy, TranscriberTimeout or TranscriberFailed.
        """
        ...


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
