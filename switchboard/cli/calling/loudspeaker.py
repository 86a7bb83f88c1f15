"""The caller's loudspeaker: plays what comes, in real time, and knows how much was played."""

from __future__ import annotations

from typing import Final

from channels.voice.hearing.settings import RATE
from channels.voice.pcm import SAMPLE
from switchboard.cli.calling.audio import FRAME

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
