"""Keeps a client from being further ahead of the clock than a live call can be."""

from __future__ import annotations

from collections.abc import Callable

from channels.voice.transports.errors import TooFast


class AudioPace:
    """Weighs what comes in against the clock; all times in seconds.

    `ahead` is how much may come before its time. A line that stood still may catch up on `behind` of what
    it missed, no more: else an hour of silence could be followed by an hour of audio at once.
    """

    __slots__ = ("_ahead", "_behind", "_clock", "_due")

    def __init__(self, *, ahead: float, behind: float, clock: Callable[[], float]) -> None:
        self._ahead = ahead
        self._behind = behind
        self._clock = clock
        self._due = clock()

    def take(self, seconds: float) -> None:
        """Count something that lasts so long; raises TooFast."""
        now = self._clock()
        self._due = max(self._due, now - self._behind) + seconds
        if self._due > now + self._ahead:
            raise TooFast("This comes faster than it can be spoken: send audio as it is recorded.")
