"""PCM16 audio: mono, little-endian, as it stands on our wires."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

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
