"""Turns a line into audio at the wire's rate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import numpy as np
import soxr

from channels.voice.calls.lines import SpokenLine
from channels.voice.errors import SpeakerTimeout
from channels.voice.speaking.speaker import Speaker
from channels.voice.speaking.spoken import spoken


class _Resampler:
    """One sentence from the speaker's rate to the wire's (soxr, a stream)."""

    def __init__(self, come: int, go: int) -> None:
        self._stream = None if come == go else soxr.ResampleStream(come, go, 1, dtype="int16")

    def push(self, pcm: bytes, *, last: bool = False) -> bytes:
        """Return what is known at the wire's rate."""
        if self._stream is None:
            return pcm
        resampled: bytes = self._stream.resample_chunk(np.frombuffer(pcm, "<i2"), last=last).tobytes()
        return resampled


async def voiced(
    speaker: Speaker, line: SpokenLine, *, rate: int, timeout: float
) -> AsyncGenerator[bytes, None]:
    """Yield a line as PCM16 at `rate`; raises SpeakerFailed, SpeakerTimeout when a chunk takes too long."""
    resampler = _Resampler(speaker.rate, rate)
    async with aclosing(speaker.say(spoken(line.text, line.language), language=line.language)) as chunks:
        while (chunk := await _next(chunks, timeout)) is not None:
            if ready := resampler.push(chunk):
                yield ready
    if rest := resampler.push(b"", last=True):
        yield rest


async def _next(chunks: AsyncGenerator[bytes, None], timeout: float) -> bytes | None:
    try:
        async with asyncio.timeout(timeout):
            return await anext(chunks, None)
    except TimeoutError:
        raise SpeakerTimeout("The sentence does not go on.") from None
