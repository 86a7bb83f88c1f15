"""What all calls share, and what one call begins with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from channels.voice.calls.records import CallSummary
from channels.voice.hearing.events import AudioEvent
from channels.voice.hearing.vad import SileroVad
from channels.voice.settings import VoiceSettings
from channels.voice.speaking.speaker import Speaker
from channels.voice.transcribing.transcriber import Transcriber
from orchestrator.conversation.desk import Desk


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
