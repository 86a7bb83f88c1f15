"""Audio of the terminal's calls: PCM16 mono at 16 kHz in frames of 20 ms."""

from __future__ import annotations

import asyncio
import wave
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import channels.voice.pcm as pcm16
from channels.voice.errors import SpeakerFailed
from channels.voice.pcm import SAMPLE, Joiner, Resampler
from channels.voice.settings import LEAST_RATE, MOST_RATE, RATE
from channels.voice.speaking.espeak import EspeakSpeaker, EspeakVoice
from channels.voice.speaking.spoken.prepare import spoken
from switchboard.errors import SwitchboardError


class CallFailed(SwitchboardError):
    """The call can't be made."""

    code = "call_failed"


class LineLost(CallFailed):
    """The call ended from the other side, or nothing comes any more."""

    code = "line_lost"


FRAME_MS: Final = 20
FRAME: Final = RATE * FRAME_MS // 1000 * pcm16.SAMPLE
"""Bytes of a frame."""
SOUNDING: Final = -50.0
"""Level (dBFS) below which a frame of clean speech counts as a pause."""
LONGEST_S: Final = 600.0
"""Of a file that is to be spoken into a call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CallerUtterance:
    """Something to be said: PCM16 mono at 16 kHz; the voice in it ends at `ends` bytes."""

    text: str
    pcm: bytes
    ends: int


def utterance(text: str, pcm: bytes) -> CallerUtterance:
    """Return `pcm` without the silence around it, in whole frames; raises CallFailed if it is all silence."""
    pcm += bytes(-len(pcm) % FRAME)
    loud = [at for at in range(0, len(pcm), FRAME) if pcm16.level(pcm[at : at + FRAME]) > SOUNDING]
    if not loud:
        raise CallFailed(f"There is nothing to be heard in {text!r}.")
    spoken = pcm[loud[0] : loud[-1] + FRAME]
    return CallerUtterance(text=text, pcm=spoken, ends=len(spoken))


def at_16_khz(pcm: bytes, rate: int) -> bytes:
    """Return PCM16 mono at `rate` (8 to 48 kHz) as PCM16 at 16 kHz."""
    tail = bytes(rate // 10 * pcm16.SAMPLE)  # what the resampler still holds comes out with it
    return pcm16.pcm16(Resampler(rate).push(Joiner().join(pcm + tail)))


def read_wav(path: Path) -> bytes:
    """Return a PCM WAV file of any number of channels as PCM16 mono at 16 kHz; raises CallFailed."""
    try:
        with path.open("rb") as bare, wave.open(bare, "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(int(LONGEST_S * rate))
    except OSError as error:
        raise CallFailed(f"{path} can't be read: {error.strerror}.") from error
    except (wave.Error, EOFError) as error:
        raise CallFailed(f"{path} is not a PCM WAV file ({str(error) or 'it is cut short'}).") from error
    if not LEAST_RATE <= rate <= MOST_RATE or width > 4:
        raise CallFailed(
            f"{path} must be PCM of 8 to 32 bits at {LEAST_RATE} to {MOST_RATE} samples per second."
        )
    return at_16_khz(_mono(_sixteen_bits(data, width), channels), rate)


def _sixteen_bits(data: bytes, width: int) -> bytes:
    """Return samples of 1 to 4 bytes as PCM16: the two highest bytes of each."""
    if width == 2:
        return data
    samples = len(data) // width
    out = bytearray(2 * samples)
    if width == 1:  # unsigned, says RIFF
        out[1::2] = bytes(value ^ 0x80 for value in data)
        return bytes(out)
    out[0::2] = data[width - 2 : samples * width : width]
    out[1::2] = data[width - 1 : samples * width : width]
    return bytes(out)


def _mono(pcm: bytes, channels: int) -> bytes:
    if channels == 1:
        return pcm
    whole = len(pcm) - len(pcm) % (channels * pcm16.SAMPLE)
    mixed = pcm16.samples(pcm[:whole]).reshape(-1, channels).mean(axis=1)
    return pcm16.pcm16(mixed)


class Microphone:
    """Gives frame after frame; `room` (PCM16, whole frames) is heard between utterances, silence if empty."""

    def __init__(self, *, room: bytes = b"") -> None:
        self._room = room or bytes(FRAME)
        self._room_at = 0
        self._saying: CallerUtterance | None = None
        self._at = 0
        self._ended: asyncio.Future[None] | None = None

    @property
    def beginning(self) -> bool:
        """Whether the next frame is the first of an utterance."""
        return self._saying is not None and self._at == 0

    async def say(self, utterance: CallerUtterance) -> None:
        """Say something; returns when the last frame with voice in it has gone out."""
        self._ended = asyncio.get_running_loop().create_future()
        self._saying, self._at = utterance, 0
        try:
            await self._ended
        finally:
            if self._ended.cancelled():
                self._saying = None

    def frame(self) -> bytes:
        """Return the next frame."""
        if self._saying is None:
            return self._next_of_the_room()
        frame = self._saying.pcm[self._at : self._at + FRAME]
        self._at += FRAME
        return frame.ljust(FRAME, b"\0")

    def sent(self) -> None:
        """Learn that the frame has gone out."""
        if self._saying is None:
            return
        if self._at >= self._saying.ends and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if self._at >= len(self._saying.pcm):
            self._saying = None

    def _next_of_the_room(self) -> bytes:
        frame = self._room[self._room_at : self._room_at + FRAME]
        self._room_at = (self._room_at + FRAME) % len(self._room)
        return frame


MOST: Final = 600 * RATE * SAMPLE
"""Bytes that may lie unplayed: ten minutes."""


class Loudspeaker:
    """Plays PCM16 at 16 kHz; `hasty` takes everything as played at once, for a test without patience."""

    def __init__(self, *, hasty: bool = False) -> None:
        self._hasty = hasty
        self._queue = bytearray()
        self._played = 0

    @property
    def played_ms(self) -> int:
        """How much of the call's audio was played."""
        return self._played * 1000 // (RATE * SAMPLE)

    @property
    def playing(self) -> bool:
        """Whether something is left to be played."""
        return bool(self._queue)

    def add(self, pcm: bytes) -> None:
        """Take audio."""
        if self._hasty:
            self._played += len(pcm)
        elif len(self._queue) < MOST:
            self._queue += pcm

    def clear(self) -> None:
        """Drop what was not played."""
        self._queue.clear()

    def frame(self) -> bytes:
        """Play the next 20 ms and return them, silence where there is nothing."""
        frame = bytes(self._queue[:FRAME])
        del self._queue[:FRAME]
        self._played += len(frame)
        return frame.ljust(FRAME, b"\0")


SLOWER: Final = 0.85
"""Of the usual pace, when something has to be repeated."""
NORMAL, SLOW = "en", "en-slow"


class CallerVoice(Protocol):
    """What a caller speaks with."""

    language: str

    async def say(self, text: str, *, slower: bool = False) -> CallerUtterance:
        """Return a text spoken."""
        ...


class EspeakCaller:
    """A caller's voice: an eSpeak NG voice (`en-us`, `en-us+f2`, `de`, …) and words a minute."""

    def __init__(self, voice: str, rate: int) -> None:
        self.language = "de" if voice.startswith("de") else "en"
        self._speaker = EspeakSpeaker(
            children=1,
            voices={
                NORMAL: EspeakVoice(name=voice, rate=rate),
                SLOW: EspeakVoice(name=voice, rate=int(rate * SLOWER)),
            },
        )

    async def __aenter__(self) -> EspeakCaller:
        try:
            await self._speaker.start()
        except SpeakerFailed as error:
            raise CallFailed(f"eSpeak NG does not start: {error.message}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._speaker.stop()

    async def say(self, text: str, *, slower: bool = False) -> CallerUtterance:
        """Return a text spoken, numbers digit by digit; raises CallFailed."""
        pcm = bytearray()
        saying = self._speaker.say(spoken(text, self.language), language=SLOW if slower else NORMAL)
        try:
            async with aclosing(saying) as chunks:
                async for chunk in chunks:
                    pcm += chunk
        except SpeakerFailed as error:
            raise CallFailed(f"eSpeak NG can't say that: {error.message}") from error
        return utterance(text, at_16_khz(bytes(pcm), self._speaker.rate))


LONGEST_RECORDING_S: Final = 3_600


class Recording:
    """Takes both sides frame by frame, PCM16 mono at `rate`; of calls over an hour, the first hour."""

    def __init__(self, *, rate: int) -> None:
        self._rate = rate
        self._frames = bytearray()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self._frames) / 4 / self._rate

    def add(self, caller: bytes, gateway: bytes) -> None:
        """Take what was said and heard at the same time, two frames of the same length."""
        if self.seconds >= LONGEST_RECORDING_S:
            return
        both = bytearray(2 * len(caller))
        both[0::4], both[1::4] = caller[0::2], caller[1::2]
        both[2::4], both[3::4] = gateway[0::2], gateway[1::2]
        self._frames += both

    def save(self, path: Path) -> None:
        """Write the file; raises CallFailed."""
        try:
            with path.open("wb") as bare, wave.open(bare, "wb") as file:
                file.setnchannels(2)
                file.setsampwidth(2)
                file.setframerate(self._rate)
                file.writeframes(self._frames)
        except OSError as error:
            raise CallFailed(f"{path} can't be written: {error.strerror}.") from error
