"""What all calls share, and what one call begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from channels.voice.hearing.audio_events import AudioEvent
from channels.voice.hearing.vad import SileroVad
from channels.voice.settings import VoiceSettings
from channels.voice.speaking.speaker import Speaker
from channels.voice.transcribing.transcriber import Transcriber
from orchestrator.conversation.desk import Desk


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSummary:
    """One call that is over; `ended_by` is caller, silence, time, broken, wire, transfer or us.

    `heard` counts utterances that became messages, `missed` those that were not understood, `interrupted`
    the replies spoken over.
    """

    call_id: str
    conversation_id: UUID
    began: datetime
    ended: datetime
    ended_by: str
    language: str
    heard: int
    missed: int
    interrupted: int


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True, slots=True)
class CallNotes:
    """Counts what the summary tells."""

    began: datetime = field(default_factory=_now)
    heard: int = 0
    missed: int = 0
    interrupted: int = 0

    def summary(self, *, call_id: str, conversation_id: UUID, ended_by: str, language: str) -> CallSummary:
        """Return the summary of a call that ends now."""
        return CallSummary(
            call_id=call_id,
            conversation_id=conversation_id,
            began=self.began,
            ended=_now(),
            ended_by=ended_by,
            language=language,
            heard=self.heard,
            missed=self.missed,
            interrupted=self.interrupted,
        )


class AudioInputLike(Protocol):
    """What a call needs of it (`channels.voice.hearing.audio_input.AudioInput`)."""

    def hear(self, pcm: bytes, *, playing: float | None, now: float | None = None) -> list[AudioEvent]:
        """Take audio and return what became known by it."""
        ...

    def wait_for(self, silence_ms: int) -> None:
        """End utterances after this much silence."""
        ...


Keep = Callable[[bytes, int], Awaitable[str | None]]
"""Keeps an utterance (PCM16 mono, rate) and returns its SHA-256; None when the policy says no."""


def _nowhere() -> str | None:
    return None


async def _unwritten(summary: CallSummary) -> None:
    pass


def _unwatched(name: str, seconds: float) -> None:
    pass


@dataclass(frozen=True, kw_only=True, slots=True)
class CallParts:
    """What all calls share.

    `business` is named in the greeting; `transfer_to` gives the number of the humans' phone, None where the
    policy has none; `summarise` is told of a call that is over; `observe` of durations in seconds, named
    `transcribe` (end of speech to transcript), `answer` (end of speech to first audio) and `speak` (sentence
    to first audio).
    """

    desk: Desk
    vad: SileroVad
    transcriber: Transcriber
    speaker: Speaker
    settings: VoiceSettings
    business: str = ""
    transfer_to: Callable[[], str | None] = _nowhere
    keep_audio: Keep | None = None
    summarise: Callable[[CallSummary], Awaitable[None]] = _unwritten
    observe: Callable[[str, float], None] = _unwatched


@dataclass(frozen=True, kw_only=True, slots=True)
class CallOpening:
    """How a call begins.

    `token` resumes a session, `identity` is a JWT of the host site, `caller_id` an E.164 number as claimed,
    `language` a tag where it is known. `first_words` replace our greeting; an empty text leaves it out.
    """

    call_id: str
    token: str | None = None
    identity: str | None = None
    caller_id: str | None = None
    language: str | None = None
    first_words: str | None = None


class CallState(StrEnum):
    """What the call does now."""

    INITIALIZING = "initializing"
    LISTENING = "listening"
    THINKING = "thinking"
    """An utterance is being understood or answered, and nothing is being said."""
    SPEAKING = "speaking"
    ENDED = "ended"


_TALKING: Final = frozenset({CallState.LISTENING, CallState.THINKING, CallState.SPEAKING})
ALLOWED: Final[Mapping[CallState, frozenset[CallState]]] = MappingProxyType(
    {
        CallState.INITIALIZING: frozenset({CallState.LISTENING, CallState.SPEAKING, CallState.ENDED}),
        CallState.LISTENING: frozenset({CallState.THINKING, CallState.SPEAKING, CallState.ENDED}),
        CallState.THINKING: frozenset({CallState.LISTENING, CallState.SPEAKING, CallState.ENDED}),
        CallState.SPEAKING: frozenset({CallState.LISTENING, CallState.THINKING, CallState.ENDED}),
        CallState.ENDED: frozenset(),
    }
)


class IllegalTransition(Exception):
    """A call was told to do what can't follow what it does: a defect of ours."""


class CallStates:
    """Holds the state; `watch` is told of every change (from, to)."""

    def __init__(self, watch: Callable[[CallState, CallState], None]) -> None:
        self._watch = watch
        self.state = CallState.INITIALIZING

    @property
    def talking(self) -> bool:
        """Whether the call has begun and not ended."""
        return self.state in _TALKING

    def move(self, to: CallState) -> None:
        """Change to `to`; nothing when it is the state already. Raises IllegalTransition."""
        if to is self.state:
            return
        if to not in ALLOWED[self.state]:
            raise IllegalTransition(f"{self.state} can't become {to}.")
        before, self.state = self.state, to
        self._watch(before, to)
