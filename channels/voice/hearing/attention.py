"""The model is asked only about frames that can hold speech: most of a call is silence."""

from __future__ import annotations

from typing import Final

import numpy as np

from channels.voice.hearing.vad import CONTEXT, SileroVad
from channels.voice.pcm import Samples

SURELY_SILENT: Final = -75.0
ABOVE_FLOOR_DB: Final = 4.0
HIGHEST_FLOOR: Final = -40.0
"""Louder steady noise is listened to: a faint caller could be in it."""
QUIET_FRAMES: Final = 12
"""Quiet frames before the model may doze."""
LOOK_BACK: Final = 3
"""Dozed frames that are shown to the model when it wakes, so that it knows what came before."""
MOST_AT_ONCE: Final = 32


def quiet(level: float, floor: float) -> bool:
    """Tell whether a frame is no louder than the line's own noise."""
    return level < max(SURELY_SILENT, min(floor, HIGHEST_FLOOR) + ABOVE_FLOOR_DB)


class Attention:
    """One call's speech probabilities; whether a frame is skipped depends on levels alone."""

    def __init__(self, vad: SileroVad) -> None:
        self._vad = vad
        self._state = vad.make_state()
        self._quiet = QUIET_FRAMES
        self._dozed: list[Samples] = []
        self.judged = 0

    def probabilities(self, frames: Samples, quiets: list[bool]) -> list[float]:
        """Return the speech probability of each frame, 0 for the skipped ones."""
        chances = [0.0] * len(frames)
        awake: list[int] = []
        for index, is_quiet in enumerate(quiets):
            self._quiet = self._quiet + 1 if is_quiet else 0
            if self._quiet <= QUIET_FRAMES:
                awake.append(index)
                continue
            self._ask(frames, awake, chances)
            awake = []
            self._doze(frames[index])
        self._ask(frames, awake, chances)
        return chances

    def _doze(self, frame: Samples) -> None:
        self._dozed.append(frame.copy())
        if len(self._dozed) > LOOK_BACK + 1:
            del self._dozed[0]

    def _ask(self, frames: Samples, awake: list[int], chances: list[float]) -> None:
        if not awake:
            return
        self._wake()
        for start in range(0, len(awake), MOST_AT_ONCE):
            part = awake[start : start + MOST_AT_ONCE]
            chances[part[0] : part[-1] + 1] = self._run(frames[part[0] : part[-1] + 1])

    def _wake(self) -> None:
        if len(self._dozed) > LOOK_BACK:
            self._state.context = self._dozed.pop(0)[-CONTEXT:]
        if self._dozed:
            self._run(np.stack(self._dozed))
            self._dozed = []

    def _run(self, frames: Samples) -> list[float]:
        self.judged += len(frames)
        return self._vad.probabilities(self._state, frames)
