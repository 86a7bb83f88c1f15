"""Audio of the terminal's calls: PCM16 mono at 16 kHz in frames of 20 ms."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import channels.voice.pcm as pcm16
from channels.voice.hearing.resample import Joiner, Resampler
from channels.voice.hearing.settings import LEAST_RATE, MOST_RATE, RATE
from switchboard.cli.calling.errors import CallFailed

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
