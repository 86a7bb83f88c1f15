"""The call every system carries: what is heard, what is answered, and when speech is over.

Standard library only: it runs in the peers' environment as well.
"""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

SAID = "Can you tell me when you open tomorrow?"
"""What every transcriber hears; it ends as a whole sentence does, so that nobody waits for more."""
REPLY = "Certainly, I am happy to help you."

SILENCE_MS = 600
"""Silence that ends a turn, the same for all; it is taken off the measured time."""
MIN_SPEECH_MS = 120
START_THRESHOLD = 0.5
END_THRESHOLD = 0.35

RATE = 8000
"""Samples per second on the wire."""
FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
"""Bytes of mu-law in one media message of Twilio's."""
CHUNK_MS = 60
MS_PER_CHARACTER = 60
HERTZ = 440


def chunks(text: str, rate: int) -> list[bytes]:
    """Return a tone at -20 dBFS as long as `text` would take, as PCM16 in pieces of 60 ms."""
    samples = len(text.strip()) * MS_PER_CHARACTER * rate // 1000
    step = rate * CHUNK_MS // 1000
    second = _second(rate)
    starts = range(0, samples, step)
    return [(second * 2)[at % rate * 2 : (at % rate + min(step, samples - at)) * 2] for at in starts]


@lru_cache(4)
def _second(rate: int) -> bytes:
    wave = (round(3277 * math.sin(2 * math.pi * HERTZ * n / rate)) for n in range(rate))
    return array("h", wave).tobytes()
