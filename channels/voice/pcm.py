"""PCM16 audio: mono, little-endian, as it stands on our wires."""

from __future__ import annotations

import math

import numpy as np
import soxr
from numpy.typing import NDArray

from channels.voice.settings import LEAST_RATE, MOST_RATE, RATE

SAMPLE = 2
"""Bytes of one sample."""
SILENCE = -96.0
"""dBFS of digital silence, the least that 16 bits tell apart."""
FULL_SCALE = 32768.0

Samples = NDArray[np.float32]


def samples(pcm: bytes) -> Samples:
    """Return PCM16 as floats from -1 to 1; a last odd byte is left out."""
    whole = len(pcm) - len(pcm) % SAMPLE
    floats: Samples = np.frombuffer(pcm, "<i2", whole // SAMPLE).astype(np.float32)
    floats /= FULL_SCALE
    return floats


def pcm16(floats: Samples) -> bytes:
    """Return floats as PCM16; what is louder than full scale is clipped."""
    pcm: bytes = np.clip(np.rint(floats * FULL_SCALE), -32768, 32767).astype("<i2").tobytes()
    return pcm


def level(pcm: bytes) -> float:
    """Return the level (RMS) of PCM16 in dBFS, -96 for silence."""
    whole = len(pcm) - len(pcm) % SAMPLE
    if not whole:
        return SILENCE
    values = np.frombuffer(pcm, "<i2", whole // SAMPLE).astype(np.float32)
    power = float(np.dot(values, values)) / len(values)
    return max(SILENCE, 10 * math.log10(power / FULL_SCALE**2)) if power else SILENCE


def milliseconds(pcm: bytes, rate: int) -> float:
    """Return how long PCM16 at `rate` lasts."""
    return len(pcm) / SAMPLE * 1000 / rate


Raw = NDArray[np.int16]


class Joiner:
    """Joins samples whose two bytes came in two chunks."""

    def __init__(self) -> None:
        self._odd = b""

    def join(self, pcm: bytes) -> Raw:
        """Return the whole samples; a last odd byte waits for its other half."""
        pcm = self._odd + pcm
        whole = len(pcm) - len(pcm) % SAMPLE
        self._odd = pcm[whole:]
        return np.frombuffer(pcm, "<i2", whole // SAMPLE)


class Resampler:
    """A stream of PCM16 at `rate` (8 to 48 kHz) as floats at 16 kHz; raises ValueError on another rate.

    soxr's engine for variable rates is taken at its fixed ratio: it holds back 30 ms at 8 kHz and 13 ms
    at 48 kHz, always; the ordinary engine computes in blocks and holds back 10 to 118 ms, which would
    make an interruption late. Source: soxr's documentation; the delays were measured.
    """

    def __init__(self, rate: int) -> None:
        if not LEAST_RATE <= rate <= MOST_RATE:
            raise ValueError(f"The rate must be from {LEAST_RATE} to {MOST_RATE} samples per second.")
        self._stream = None if rate == RATE else soxr.ResampleStream(rate, RATE, 1, quality="HQ", vr=True)

    def push(self, raw: Raw) -> Samples:
        """Return what is known at 16 kHz after `raw`."""
        floats: Samples = raw.astype(np.float32)
        floats /= FULL_SCALE
        if self._stream is None or not len(floats):
            return floats
        resampled: Samples = self._stream.resample_chunk(floats)
        return resampled
