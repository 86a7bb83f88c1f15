"""LiveKit Agents: an AgentSession with audio in and out of our own, and instant stand-ins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from socket import socket
from typing import Any

from livekit import rtc
from livekit.agents import Agent, AgentSession, llm, stt
from livekit.agents.voice import io
from livekit.plugins import silero
from voice_job import (
    END_THRESHOLD,
    MIN_SPEECH_MS,
    RATE,
    REPLY,
    SAID,
    SILENCE_MS,
    START_THRESHOLD,
    chunks,
)

from voice_systems import twilio_wire
from voice_systems.twilio_wire import SAMPLE, Stream

TURNS: Any = {
    "turn_detection": "vad",
    "endpointing": {"min_delay": 0.0, "max_delay": 0.0},
    "interruption": {"mode": "vad", "resume_false_interruption": False},
}


class CallerAudio(io.AudioInput):
    """The caller's audio, as it comes."""

    def __init__(self) -> None:
        super().__init__(label="twilio")
        self.frames: asyncio.Queue[rtc.AudioFrame | None] = asyncio.Queue()

    async def __anext__(self) -> rtc.AudioFrame:
        frame = await self.frames.get()
        if frame is None:
            raise StopAsyncIteration
        return frame


class AgentAudio(io.AudioOutput):
    """Sends at once; marks say when it was played."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(
            label="twilio", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE
        )
        self._stream = stream
        self._sent = 0.0
        self._sends: set[asyncio.Task[None]] = set()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Send audio."""
        await super().capture_frame(frame)
        self._sent += frame.duration
        await self._stream.send(bytes(frame.data))

    def flush(self) -> None:
        """Ask for a mark after what was said."""
        super().flush()
        if self._sent:
            self._later(self._stream.mark("end"))

    def clear_buffer(self) -> None:
        """Fall silent."""
        if self._sent:
            self._later(self._stream.clear())
            self._finished(interrupted=True)

    def played(self) -> None:
        """Take the mark that came back."""
        if self._sent:
            self._finished(interrupted=False)

    def _finished(self, *, interrupted: bool) -> None:
        sent, self._sent = self._sent, 0.0
        self.on_playback_finished(playback_position=sent, interrupted=interrupted)

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)


class FixedTranscriber(stt.STT):
    """Hears the same at once; not streaming, so that LiveKit cuts the utterances by its VAD."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))

    async def _recognize_impl(self, *_args: Any, **_options: Any) -> stt.SpeechEvent:
        heard = stt.SpeechData(language="en", text=SAID, confidence=1.0)
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[heard])


class InstantModel(llm.LLM):
    """Has to be there; the agent's own node answers."""

    def chat(self, **_options: Any) -> llm.LLMStream:
        """Never asked."""
        raise NotImplementedError


class Instant(Agent):
    """Answers at once, with a tone."""

    async def llm_node(self, *_args: Any) -> AsyncIterator[str]:
        """Return the reply."""
        yield REPLY

    async def tts_node(self, text: AsyncIterable[str], *_args: Any) -> AsyncIterator[rtc.AudioFrame]:
        """Return the tone."""
        said = "".join([piece async for piece in text])
        for chunk in chunks(said, RATE):
            yield rtc.AudioFrame(chunk, RATE, 1, len(chunk) // SAMPLE)


async def serve(listener: socket, ready: Callable[[], None]) -> None:
    """Carry calls; the VAD is loaded once."""
    vad = silero.VAD.load(
        min_speech_duration=MIN_SPEECH_MS / 1000,
        min_silence_duration=SILENCE_MS / 1000,
        activation_threshold=START_THRESHOLD,
        deactivation_threshold=END_THRESHOLD,
        sample_rate=RATE,
    )
    logging.getLogger("livekit").setLevel(logging.ERROR)
    await twilio_wire.serve(listener, ready, lambda stream: talk(stream, vad))


async def talk(stream: Stream, vad: Any) -> None:
    """Carry one call."""
    session: AgentSession[None] = AgentSession(
        stt=FixedTranscriber(), vad=vad, llm=InstantModel(), turn_handling=TURNS, aec_warmup_duration=None
    )
    audio_input, audio_output = CallerAudio(), AgentAudio(stream)
    session.input.audio, session.output.audio = audio_input, audio_output
    await session.start(Instant(instructions="You are a support assistant."), record=False)
    try:
        async for event, message in stream.messages():
            if event == "media":
                audio_input.frames.put_nowait(rtc.AudioFrame(message, RATE, 1, len(message) // SAMPLE))
            elif event == "mark":
                audio_output.played()
    finally:
        audio_input.frames.put_nowait(None)
        await session.aclose()
