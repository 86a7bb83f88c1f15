"""Endpointing: where an utterance begins, pauses and ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from channels.voice.hearing.audio_events import (
    AudioEvent,
    AudioInputSettings,
    Paused,
    Resumed,
    SpeechStarted,
    SpeechStopped,
    SpeechSustained,
)
from channels.voice.hearing.levels import BLOCK_MS
from channels.voice.hearing.vad import FRAME_MS
from channels.voice.pcm import SAMPLE
from channels.voice.settings import RATE

_BYTES_PER_MS = RATE * SAMPLE // 1000


class Tape:
    """PCM16 at 16 kHz from some point of the call on; positions in milliseconds from the call's start."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._first_ms = 0

    def record(self, pcm: bytes) -> None:
        """Add what was heard next."""
        self._pcm += pcm

    def take(self, start_ms: int, end_ms: int) -> bytes:
        """Return the audio between two positions, as far as it is held."""
        start = max(0, start_ms - self._first_ms) * _BYTES_PER_MS
        return bytes(self._pcm[start : max(0, end_ms - self._first_ms) * _BYTES_PER_MS])

    def forget(self, before_ms: int) -> None:
        """Drop what lies before a position."""
        gone = before_ms - self._first_ms
        if gone > 0:
            del self._pcm[: gone * _BYTES_PER_MS]
            self._first_ms = before_ms

    def __len__(self) -> int:
        return len(self._pcm)


BRIDGED_MS: Final = 96
"""Silence inside a word: the closure of a stop lasts 50 to 100 ms."""
LONGEST_GAP_MS: Final = 256
"""Silence over which the model may still take a voice for granted."""
HALF_FRAME_MS: Final = FRAME_MS // 2
ABOVE_FLOOR_DB: Final = 4.0
BELOW_PEAK_DB: Final = 30.0
"""A sound is over where it has fallen this far, though Silero hears it for some frames more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardFrame:
    """32 ms of the call; the levels (dBFS) of its blocks, of the line's noise, and the least that counts."""

    start_ms: int
    probability: float
    blocks: list[float]
    floor: float
    gate: float
    playing: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sound:
    """What sounds in a frame; its onset may lie in the frame before, as the model is a frame late."""

    onset_ms: int
    until_ms: int
    peak: float


@dataclass(kw_only=True, slots=True)
class _SpeechRun:
    """Speech without a break."""

    start_ms: int
    last_ms: int
    peak: float
    voiced_ms: int = 0

    @property
    def span_ms(self) -> int:
        return self.last_ms - self.start_ms


@dataclass(kw_only=True, slots=True)
class _Utterance:
    started_ms: int
    audio_from_ms: int
    last_ms: int
    voiced_ms: int
    paused: bytes | None = None


class Endpointer:
    """Turns frames into the events of utterances.

    What sounds for 150 ms never reaches a span of 192 ms: a run is counted from half a frame before the
    8 ms in which it began to the 8 ms in which it was last heard, whatever the model hears after it.
    """

    def __init__(self, settings: AudioInputSettings, tape: Tape) -> None:
        self._settings = settings
        self._tape = tape
        self._end_silence_ms = settings.end_silence_ms
        self._voice = False
        self._run: _SpeechRun | None = None
        self._utterance: _Utterance | None = None
        self._before: list[float] = []
        self._cut_ms = 0
        self.sounding = False

    def wait_for(self, silence_ms: int) -> None:
        """End utterances after this much silence from now on, also the one being spoken."""
        self._end_silence_ms = min(max(silence_ms, FRAME_MS), self._settings.longest_wait_ms)

    def step(self, frame: HeardFrame) -> list[AudioEvent]:
        """Take the next frame; `sounding` then tells whether the caller's speech is in it."""
        now = frame.start_ms + FRAME_MS
        sound = self._sound(frame)
        voice = self._is_voice(frame.probability)
        self.sounding = voice and sound is not None
        if self.sounding and sound is not None:
            self._extend(sound)
        elif self._run is not None and self._is_broken(now - self._run.last_ms, voice=voice):
            self._run = None
        self._before = frame.blocks
        if self._utterance is None:
            return self._begin(now, playing=frame.playing)
        return self._go_on(self._utterance, now, playing=frame.playing)

    @staticmethod
    def _is_broken(gap_ms: int, *, voice: bool) -> bool:
        return gap_ms > (LONGEST_GAP_MS if voice else BRIDGED_MS)

    def _is_voice(self, probability: float) -> bool:
        if probability >= self._settings.start_threshold:
            self._voice = True
        elif probability < self._settings.end_threshold or self._run is None:
            self._voice = False
        return self._voice

    def _sound(self, frame: HeardFrame) -> _Sound | None:
        """Return the part of the frame that is loud enough, None if nothing is."""
        peak = max(frame.blocks)
        reference = max(peak, self._run.peak) if self._run is not None else peak
        least = max(frame.floor + ABOVE_FLOOR_DB, reference - BELOW_PEAK_DB, frame.gate)
        loud = [at for at, level in enumerate(frame.blocks) if level > least]
        if not loud:
            return None
        earlier = self._loud_before(least) if loud[0] == 0 else 0
        return _Sound(
            onset_ms=frame.start_ms + (loud[0] - earlier) * BLOCK_MS,
            until_ms=frame.start_ms + (loud[-1] + 1) * BLOCK_MS,
            peak=peak,
        )

    def _loud_before(self, least: float) -> int:
        """Return how many blocks at the end of the frame before were loud already."""
        quiet = (at for at, level in enumerate(reversed(self._before)) if level <= least)
        return next(quiet, len(self._before))

    def _extend(self, sound: _Sound) -> None:
        if self._run is None:
            start = max(sound.onset_ms - HALF_FRAME_MS, self._cut_ms)
            self._run = _SpeechRun(start_ms=start, last_ms=start, peak=sound.peak)
        self._run.last_ms = sound.until_ms
        self._run.peak = max(self._run.peak, sound.peak)
        self._run.voiced_ms += FRAME_MS

    def _begin(self, now: int, *, playing: bool) -> list[AudioEvent]:
        run = self._run
        if run is None or run.span_ms < self._settings.min_speech_ms:
            self._tape.forget(self._first_kept(run.start_ms if run is not None else now - 2 * FRAME_MS))
            return []
        audio_from = self._first_kept(run.start_ms)
        self._utterance = _Utterance(
            started_ms=run.start_ms, audio_from_ms=audio_from, last_ms=run.last_ms, voiced_ms=run.voiced_ms
        )
        return [SpeechStarted(at_ms=now, started_ms=run.start_ms), *self._sustained(now, playing=playing)]

    def _first_kept(self, start_ms: int) -> int:
        return max(start_ms - self._settings.preroll_ms, self._cut_ms)

    def _go_on(self, utterance: _Utterance, now: int, *, playing: bool) -> list[AudioEvent]:
        events: list[AudioEvent] = []
        if self.sounding and self._run is not None:
            if utterance.paused is not None:
                events.append(Resumed(at_ms=now))
            utterance.paused = None
            utterance.last_ms = self._run.last_ms
            utterance.voiced_ms += FRAME_MS
            events.extend(self._sustained(now, playing=playing))
        return events + self._rest(utterance, now)

    def _sustained(self, now: int, *, playing: bool) -> list[AudioEvent]:
        if not playing or not self.sounding or self._run is None:
            return []
        return [SpeechSustained(at_ms=now, voiced_ms=self._run.span_ms)]

    def _rest(self, utterance: _Utterance, now: int) -> list[AudioEvent]:
        """Return what the silence, or the length, of the utterance means."""
        events: list[AudioEvent] = []
        silence = now - utterance.last_ms
        if silence >= self._settings.pause_ms and utterance.paused is None:
            end = utterance.last_ms + self._settings.pause_ms
            utterance.paused = self._tape.take(utterance.audio_from_ms, end)
            events.append(Paused(at_ms=now, audio=utterance.paused))
        if silence >= self._end_silence_ms:
            events.append(self._stop(utterance, now, cut=False))
        elif now - utterance.audio_from_ms >= self._settings.longest_utterance_ms:
            events.append(self._stop(utterance, now, cut=True))
        return events

    def _stop(self, utterance: _Utterance, now: int, *, cut: bool) -> SpeechStopped:
        audio = utterance.paused
        if audio is None:
            audio = self._tape.take(utterance.audio_from_ms, now)
        self._cut_ms = now if cut else utterance.last_ms  # no sound belongs to two utterances
        self._run = None
        self._utterance = None
        self._tape.forget(self._first_kept(now))
        return SpeechStopped(
            at_ms=now,
            started_ms=utterance.started_ms,
            audio=audio,
            voiced_ms=utterance.voiced_ms,
            silence_ms=now - utterance.last_ms,
            cut=cut,
        )
