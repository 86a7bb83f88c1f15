"""How loud the frames are, and how loud the line is when nobody speaks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from channels.voice.hearing.vad import FRAME, FRAME_MS
from channels.voice.pcm import SILENCE, Samples

Levels = NDArray[np.float32]

BLOCKS: Final = 4
"""Parts of a frame whose levels are told apart, so that the end of a sound is known to 8 ms."""
BLOCK_MS: Final = FRAME_MS // BLOCKS
FLOOR_WINDOW: Final = 32
"""Frames of half the time over which the floor is the least level."""
OFFSET_SHARE: Final = 0.05
"""Of one frame in the DC offset: followed within a second, not within a sound."""
FIRST_WINDOW: Final = 8
UNKNOWN: Final = -60.0
_LEAST_POWER: Final = float(10 ** (SILENCE / 10))


class Meter:
    """Measures frames; a DC offset, which some sound cards add, is followed and left out."""

    def __init__(self) -> None:
        self._offset: float | None = None

    def measure(self, frames: Samples) -> Levels:
        """Return the levels (dBFS) of the four blocks of each frame."""
        blocks = frames.reshape(len(frames), BLOCKS, FRAME // BLOCKS)
        means = blocks.mean(axis=2)
        offsets = self._follow(means.mean(axis=1).tolist())
        power = np.einsum("fbs,fbs->fb", blocks, blocks) / (FRAME // BLOCKS)
        power += offsets * (offsets - 2 * means)
        levels: Levels = 10 * np.log10(np.maximum(power, _LEAST_POWER))
        return levels

    def _follow(self, means: list[float]) -> Levels:
        offsets = np.empty((len(means), 1), np.float32)
        offset = means[0] if self._offset is None else self._offset
        for index, mean in enumerate(means):
            offset += OFFSET_SHARE * (mean - offset)
            offsets[index] = offset
        self._offset = offset
        return offsets


def frame_levels(blocks: Levels) -> list[float]:
    """Return the level (dBFS) of each frame from the means of its blocks' levels."""
    levels: list[float] = blocks.mean(axis=1).tolist()
    return levels


class NoiseFloor:
    """The least level (dBFS) of the last one to two seconds."""

    def __init__(self) -> None:
        self._before = UNKNOWN
        self._least = 0.0
        self._frames = FLOOR_WINDOW - FIRST_WINDOW

    @property
    def level(self) -> float:
        """The floor, -60 dBFS or less until a quarter of a second has been heard."""
        return min(self._before, self._least)

    def step(self, level: float) -> None:
        """Take the level of one more frame."""
        self._least = min(self._least, level)
        self._frames += 1
        if self._frames == FLOOR_WINDOW:
            self._before, self._least, self._frames = self._least, 0.0, 0
