"""A caller for tests of turn-taking: speaks through the fake audio input, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from channels.voice.calls.call_parts import CallOpening, CallParts, CallState, CallSummary
from channels.voice.calls.voice_call import VoiceCall
from channels.voice.hearing.audio_events import Paused, Resumed, SpeechStarted, SpeechStopped, SpeechSustained
from channels.voice.hearing.vad import SileroVad
from channels.voice.settings import VoiceSettings
from tests.support.voice.call_parts import (
    CallDesk,
    FakeAudioInput,
    FakeSpeaker,
    FakeTranscriber,
    FakeWire,
    utterance,
)
from tests.support.voice.fast_time import now
from tests.support.voice.shop_ids import SHOP_IDS

FRAME_S = 0.032


@dataclass
class Phone:
    """One call with its fakes; `began` is the loop time at which it did."""

    settings: VoiceSettings = field(default_factory=lambda: VoiceSettings(ids=SHOP_IDS))
    wire: FakeWire = field(default_factory=FakeWire)
    audio_input: FakeAudioInput = field(default_factory=FakeAudioInput)
    transcriber: FakeTranscriber = field(default_factory=FakeTranscriber)
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    desk: CallDesk = field(default_factory=CallDesk)
    first_words: str | None = ""
    language: str | None = "en"
    transfer_to: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict)
    summaries: list[CallSummary] = field(default_factory=list)
    observed: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = CallParts(
            desk=self.desk,
            vad=cast(SileroVad, None),
            transcriber=self.transcriber,
            speaker=self.speaker,
            settings=self.settings,
            transfer_to=lambda: self.transfer_to,
            summarise=self._summarise,
            observe=lambda name, seconds: self.observed.append((name, seconds)),
            **self.more,
        )
        self.opening = CallOpening(
            call_id="call", language=self.language, first_words=self.first_words, **self.opened
        )
        self.call = VoiceCall(
            parts=self.parts, wire=self.wire, opening=self.opening, audio_input=self.audio_input
        )
        self.began = now()

    async def _summarise(self, summary: CallSummary) -> None:
        self.summaries.append(summary)

    def state(self) -> CallState:
        return self.call.state

    @property
    def said(self) -> list[str]:
        return self.wire.said

    @property
    def _at(self) -> int:
        return int((now() - self.began) * 1000)

    def frame(self) -> None:
        """Let one chunk of the caller's audio arrive."""
        self.call.audio(b"")

    async def quiet(self, seconds: float) -> None:
        """Let time pass while the caller says nothing."""
        await asyncio.sleep(seconds)

    def begin(self) -> int:
        """Begin to speak; return when."""
        self.audio_input.events.append(SpeechStarted(at_ms=self._at, started_ms=self._at))
        self.frame()
        return self._at

    async def sustain(self, ms: int) -> None:
        """Speak on for `ms`."""
        for spoken in range(32, ms + 1, 32):
            await asyncio.sleep(FRAME_S)
            self.audio_input.events.append(SpeechSustained(at_ms=self._at, voiced_ms=spoken))
            self.frame()

    async def pause(self, text: str, *, confidence: float = 0.95) -> None:
        """Pause after `text`."""
        await asyncio.sleep(0.2)
        self.audio_input.events.append(Paused(at_ms=self._at, audio=utterance(text, confidence=confidence)))
        self.frame()

    def resume(self) -> None:
        """Go on speaking."""
        self.audio_input.events.append(Resumed(at_ms=self._at))
        self.frame()

    async def stop(
        self, text: str, *, started: int, ms: int, confidence: float = 0.95, language: str = "en"
    ) -> None:
        """End the utterance after the silence that ends one."""
        await asyncio.sleep(0.4)
        audio = utterance(text, confidence=confidence, language=language)
        self.audio_input.events.append(
            SpeechStopped(at_ms=self._at, started_ms=started, audio=audio, voiced_ms=ms, silence_ms=600)
        )
        self.frame()

    async def say(
        self, text: str, *, ms: int = 1000, confidence: float = 0.95, trial: bool = True, language: str = "en"
    ) -> None:
        """Speak an utterance and wait until it is understood."""
        started = self.begin()
        await self.sustain(ms)
        if trial:
            await self.pause(text, confidence=confidence)
        await self.stop(text, started=started, ms=ms, confidence=confidence, language=language)
        await asyncio.sleep(self.transcriber.slow + 0.1)

    async def spoken_out(self) -> None:
        """Wait until we have nothing to say any more."""
        await asyncio.sleep(0.05)
        while self.state() is CallState.SPEAKING:  # noqa: ASYNC110 - time is virtual
            await asyncio.sleep(0.05)


@asynccontextmanager
async def calling(**parts: Any) -> AsyncIterator[Phone]:
    """Yield a phone whose call has begun; hang up at the end and see that all is left clean."""
    phone = Phone(**parts)
    running = asyncio.create_task(phone.call.run())
    await asyncio.sleep(0.01)
    try:
        yield phone
    finally:
        phone.call.hung_up()
        async with asyncio.timeout(60):
            await running
        assert phone.state() is CallState.ENDED
        assert phone.desk.listening == 0
        assert len(asyncio.all_tasks()) == 1
        assert phone.speaker.open == 0
        assert len(phone.wire.closed) == 1
