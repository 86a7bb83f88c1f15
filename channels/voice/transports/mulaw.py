"""Mu-law, the 8-bit code of phone lines, by tables. Source: ITU-T G.711 (11/1988), table 2."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from channels.voice.pcm import SAMPLE

RATE: Final = 8000
"""Samples per second on a phone line."""
QUIET: Final = b"\xff"
"""One sample of silence."""

_BIAS: Final = 33
"""Lifts the magnitude, of 13 bits, so that each segment begins at a power of two."""
_MOST: Final = 8191
_SEGMENTS: Final = 8


def encode(pcm: bytes) -> bytes:
    """Return PCM16 little-endian as mu-law, one byte per sample; a last odd byte is left out."""
    values = np.frombuffer(pcm, "<u2", len(pcm) // SAMPLE)
    codes: bytes = _ENCODED[values].tobytes()
    return codes


def decode(codes: bytes) -> bytes:
    """Return mu-law as PCM16 little-endian, two bytes per sample."""
    return _DECODED[np.frombuffer(codes, np.uint8)].tobytes()


def _encoded() -> NDArray[np.uint8]:
    """Return the code of each of the 65,536 samples, indexed by its bits taken as a whole number."""
    # The code is made of 14 bits; the two lowest of a sample are rounded down, as phone equipment does.
    linear = np.arange(65_536).astype(np.uint16).view(np.int16).astype(np.int32) >> 2
    magnitude = np.minimum(np.abs(linear) + _BIAS, _MOST)
    segment = np.searchsorted((64 << np.arange(_SEGMENTS)) - 1, magnitude)
    interval = (magnitude >> segment + 1) & 0x0F
    code = segment << 4 | interval
    flipped = ~code & 0x7F | np.where(linear < 0, 0, 0x80)
    codes: NDArray[np.uint8] = flipped.astype(np.uint8)
    return codes


def _decoded() -> NDArray[np.int16]:
    """Return the sample of each of the 256 codes: the middle of its interval, on 16 bits."""
    code = ~np.arange(256) & 0xFF
    segment, interval = code >> 4 & 0x07, code & 0x0F
    magnitude = ((interval << 1) + _BIAS << segment) - _BIAS
    return (np.where(code & 0x80, -magnitude, magnitude) << 2).astype("<i2")


_ENCODED: Final = _encoded()
_DECODED: Final = _decoded()
