"""The audio of the utterance that is being spoken, and a little from before it."""

from __future__ import annotations

from channels.voice.hearing.settings import RATE
from channels.voice.pcm import SAMPLE

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
