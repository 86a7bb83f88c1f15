"""The echo gate: while we speak, only what is louder than our own echo counts as the caller."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from channels.voice.hearing.settings import AudioInputSettings
from channels.voice.pcm import SILENCE

LATEST_ECHO: Final = 20
"""Frames (0.6 s) within which our voice has come back: playing, both networks, the room."""
LEARNING: Final = 24
"""Frames of the caller's silence, while we speak, before the echo is measured."""
ECHOED: Final = LATEST_ECHO + LEARNING
"""Frames in which the echo of all that `_ours` holds has come back."""
FALL: Final = 0.1
RISE: Final = 0.05
"""Shares of a difference that one frame teaches; upwards slower, a caller's breath is no echo."""
TOGETHER: Final = 4
"""Frames of silence at the time when our last echo has died away."""
LEAST_RETURN_DB: Final = -60.0
AUDIBLE: Final = -60.0
OPEN: Final = -math.inf


class EchoGate:
    """How loud the caller must be to be heard over our own echo; the way of the echo is measured."""

    def __init__(self, settings: AudioInputSettings) -> None:
        self._margin = settings.echo_margin_db
        self._ours: deque[float] = deque([SILENCE] * LEARNING, LEARNING)
        self._theirs: deque[float] = deque([SILENCE] * ECHOED, ECHOED)
        self._loudest = SILENCE
        self._gate = OPEN
        self._undisturbed = 0
        self._silent = 0
        self._suspected: float | None = None
        self._highest = settings.echo_return_db
        self.echo_return_db = settings.echo_return_db

    def play(self, playing: float | None) -> float:
        """Take the level of what we play during the next frame; return the level that counts (dBFS)."""
        self._ours.append(SILENCE if playing is None else playing)
        self._loudest = max(list(self._ours)[-LATEST_ECHO:])
        self._gate = OPEN if self._loudest < AUDIBLE else self._loudest + self.echo_return_db + self._margin
        return self._gate

    def learn(self, level: float, *, speaking: bool) -> None:
        """Take the level (dBFS) of that frame, and whether the caller was speaking in it."""
        foreign = level > self._gate > OPEN  # a cough is no echo, and must not make the next words too quiet
        self._theirs.append(SILENCE if speaking or foreign else level)
        self._silent = 0 if speaking else self._silent + 1
        self._undisturbed = 0 if speaking or self._loudest < AUDIBLE else self._undisturbed + 1
        ours = max(self._ours)
        if self._loudest < AUDIBLE:
            self._doubt()
        elif speaking:
            self._suspected = max(level - ours, self._suspected or LEAST_RETURN_DB)
        elif self._undisturbed >= LEARNING:
            self._approach(max(self._theirs) - ours)

    def _approach(self, measured: float) -> None:
        difference = measured - self.echo_return_db
        share = FALL if difference < 0 else RISE
        self.echo_return_db = max(LEAST_RETURN_DB, self.echo_return_db + share * difference)

    def _doubt(self) -> None:
        """A voice that fell silent together with ours was most likely ours: the way has become louder."""
        if self._suspected is not None and self._silent >= TOGETHER:
            self.echo_return_db = max(self.echo_return_db, min(self._suspected, self._highest))
        self._suspected = None
