"""The audio input of one call: takes the audio as it comes and tells what the caller does."""

from __future__ import annotations

from typing import Final

import numpy as np

from channels.voice.hearing.audio_events import AudioEvent, AudioInputSettings
from channels.voice.hearing.endpointing import Endpointer, HeardFrame, Tape
from channels.voice.hearing.levels import EchoGate, LineCheck, Meter, NoiseFloor
from channels.voice.hearing.vad import FRAME, FRAME_MS, Attention, SileroVad, quiet
from channels.voice.pcm import Joiner, Resampler, Samples, pcm16

PIECE_MS: Final = 500
"""A longer chunk is worked on piece by piece, so that what is held stays small."""


class AudioInput:
    """Hears one call: PCM16 little-endian mono at `rate` (8000 to 48000, else ValueError).

    Time is counted in samples, so the same audio gives the same events however it is cut into chunks.
    Not for use from two threads at once.
    """

    def __init__(self, *, vad: SileroVad, rate: int, settings: AudioInputSettings | None = None) -> None:
        settings = settings or AudioInputSettings()
        self._rate = rate
        self._joiner = Joiner()
        self._resampler = Resampler(rate)
        self._rest: Samples = np.empty(0, np.float32)
        self._tape = Tape()
        self._meter = Meter()
        self._floor = NoiseFloor()
        self._attention = Attention(vad)
        self._echo = EchoGate(settings)
        self._endpointer = Endpointer(settings, self._tape)
        self._line = LineCheck(settings)
        self._heard = 0
        self._frames = 0
        self._playing: float | None = None

    @property
    def heard_ms(self) -> int:
        """How much of the caller's audio has come in."""
        return self._heard * 1000 // self._rate

    @property
    def frames_judged(self) -> int:
        """How many frames of 32 ms the model was asked about: what hearing costs."""
        return self._attention.judged

    def wait_for(self, silence_ms: int) -> None:
        """End utterances after this much silence until told otherwise, also the one being spoken."""
        self._endpointer.wait_for(silence_ms)

    def hear(self, pcm: bytes, *, playing: float | None, now: float | None = None) -> list[AudioEvent]:
        """Take a chunk of any length, odd bytes too, and return what became known by it.

        `playing` is the level (dBFS) of our own audio being played now, None when there is none; `now`
        (seconds of a steady clock), where given, uncovers a line that sends faster than time passes.
        """
        step = self._rate * PIECE_MS // 1000 * 2
        events: list[AudioEvent] = []
        for start in range(0, len(pcm), step):
            if playing is not None:
                self._playing = playing if self._playing is None else max(self._playing, playing)
            events += self._hear(pcm[start : start + step], now)
        return events

    def _hear(self, pcm: bytes, now: float | None) -> list[AudioEvent]:
        raw = self._joiner.join(pcm)
        self._heard += len(raw)
        heard_ms = len(raw) * 1000 / self._rate
        events: list[AudioEvent] = [*self._line.arrived(raw, heard_ms=heard_ms, at_ms=self.heard_ms, now=now)]
        known = self._resampler.push(raw)
        self._tape.record(pcm16(known))
        frames = self._whole_frames(known)
        return events + self._listen(frames) if len(frames) else events

    def _whole_frames(self, known: Samples) -> Samples:
        joined = np.concatenate((self._rest, known))
        whole = len(joined) - len(joined) % FRAME
        self._rest = joined[whole:]
        return joined[:whole].reshape(-1, FRAME)

    def _listen(self, frames: Samples) -> list[AudioEvent]:
        blocks = self._meter.measure(frames)
        floors, quiets = [], []
        for level in blocks.mean(axis=1).tolist():
            self._floor.step(level)
            floors.append(self._floor.level)
            quiets.append(quiet(level, self._floor.level))
        chances = self._attention.probabilities(frames, quiets)
        events: list[AudioEvent] = []
        for frame, levels, floor, chance in zip(frames, blocks.tolist(), floors, chances, strict=True):
            events += self._step(frame, levels, floor, chance)
        self._playing = None
        return events

    def _step(self, frame: Samples, levels: list[float], floor: float, chance: float) -> list[AudioEvent]:
        heard = HeardFrame(
            start_ms=self._frames * FRAME_MS,
            probability=chance,
            blocks=levels,
            floor=floor,
            gate=self._echo.play(self._playing),
            playing=self._playing is not None,
        )
        self._frames += 1
        events = self._endpointer.step(heard)
        speech = self._endpointer.sounding
        self._echo.learn(max(levels), speaking=speech)
        return events + self._line.step(frame, levels, at_ms=self._frames * FRAME_MS, speech=speech)
