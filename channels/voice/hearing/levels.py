"""How loud the frames are, and how loud the line is when nobody speaks."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from channels.voice.hearing.audio_events import AudioInputSettings, LineProblem, ProblemKind
from channels.voice.hearing.vad import FRAME, FRAME_MS
from channels.voice.pcm import SILENCE, Raw, Samples

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


LOUD: Final = -15.0
"""Level (dBFS) below which a frame can't be clipped badly."""
FULL: Final = 0.96
"""Of full scale; mu-law reaches 0.98, and a filter makes the clipped tops wavy."""
CLIPPED_WINDOW: Final = 32
CLIPPED_SHARE: Final = 0.02
SPEECH_FRAMES: Final = 64
"""Of speech (2 s) whose level is taken together."""

STEREO_BLOCK: Final = 4_096
"""Samples that are looked at together."""
STEREO_BLOCKS: Final = 6
STEREO_RATIO: Final = 4.0
"""Between neighbours in a pair and across pairs; in a mono signal both are alike."""
STEREO_LEAST: Final = 100.0
"""RMS in units of 16 bits (-50 dBFS) below which nothing can be told."""

AHEAD_MS: Final = 2_000.0
BEHIND_MS: Final = -5_000.0
TOLERANCE: Final = 1.1
"""A sound card's clock may run fast, though never by a tenth."""


class StereoCheck:
    """Finds two interleaved channels in what is said to be one."""

    def __init__(self) -> None:
        self._block = np.zeros(STEREO_BLOCK, np.int16)
        self._filled = 0
        self._in_a_row = 0

    def push(self, raw: Raw) -> bool:
        """Take more samples; return whether they are stereo."""
        found = False
        while len(raw):
            part = raw[: STEREO_BLOCK - self._filled]
            self._block[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            raw = raw[len(part) :]
            if self._filled == STEREO_BLOCK:
                self._filled = 0
                found |= self._look()
        return found

    def _look(self) -> bool:
        samples = self._block.astype(np.float32)
        left, right = samples[0::2], samples[1::2]
        if float(np.dot(samples, samples)) < STEREO_BLOCK * STEREO_LEAST**2:
            return False  # silence tells nothing, and does not excuse what was heard before
        within, across = left[1:] - right[1:], right[:-1] - left[1:]
        uneven = _apart(within, across) or _apart(left, right)
        self._in_a_row = self._in_a_row + 1 if uneven else 0
        return self._in_a_row >= STEREO_BLOCKS


def _apart(one: Samples, other: Samples) -> bool:
    first, second = float(np.dot(one, one)) + 1.0, float(np.dot(other, other)) + 1.0
    return max(first, second) > STEREO_RATIO * min(first, second)


class PaceCheck:
    """Finds more audio than the time that has passed can hold."""

    def __init__(self) -> None:
        self._ahead_ms = 0.0
        self._last: float | None = None

    def push(self, heard_ms: float, now: float) -> bool:
        """Take a chunk that arrived at `now` (seconds of any steady clock); return whether it is too much."""
        passed = 0.0 if self._last is None else max(0.0, now - self._last) * 1000
        self._last = now
        # what was held up on the way may come in a burst later
        self._ahead_ms = max(self._ahead_ms - passed * TOLERANCE, BEHIND_MS) + heard_ms
        return self._ahead_ms > AHEAD_MS


class LineCheck:
    """Reports each kind of problem at most once in a while."""

    def __init__(self, settings: AudioInputSettings) -> None:
        self._settings = settings
        self._stereo = StereoCheck()
        self._pace = PaceCheck()
        self._clipped: deque[int] = deque([0] * CLIPPED_WINDOW, CLIPPED_WINDOW)
        self._speech_power = 0.0
        self._speech_frames = 0
        self._told: dict[ProblemKind, int] = {}

    def arrived(self, raw: Raw, *, heard_ms: float, at_ms: int, now: float | None) -> list[LineProblem]:
        """Check the samples of one chunk, which last `heard_ms`."""
        stereo = self._stereo.push(raw)
        hasty = now is not None and self._pace.push(heard_ms, now)
        return self._tell("wrong_rate", at_ms) if stereo or hasty else []

    def step(self, frame: Samples, blocks: list[float], *, at_ms: int, speech: bool) -> list[LineProblem]:
        """Check one frame, its blocks' levels (dBFS), and whether the caller's speech is in it."""
        problems: list[LineProblem] = []
        if self._is_clipped(frame, loudest=max(blocks)):
            problems += self._tell("clipped", at_ms)
        if speech and self._is_faint(blocks):
            problems += self._tell("too_quiet", at_ms)
        return problems

    def _is_clipped(self, frame: Samples, *, loudest: float) -> bool:
        full = int(np.count_nonzero(np.abs(frame) >= FULL)) if loudest > LOUD else 0
        self._clipped.append(full)
        return full > 0 and sum(self._clipped) >= CLIPPED_SHARE * CLIPPED_WINDOW * FRAME

    def _is_faint(self, blocks: list[float]) -> bool:
        """Tell, after every two seconds of speech, whether it was too quiet on the whole."""
        self._speech_power += sum(10 ** (level / 10) for level in blocks) / len(blocks)
        self._speech_frames += 1
        if self._speech_frames < SPEECH_FRAMES:
            return False
        level = 10 * math.log10(self._speech_power / self._speech_frames)
        self._speech_power, self._speech_frames = 0.0, 0
        return level < self._settings.quiet_dbfs

    def _tell(self, kind: ProblemKind, at_ms: int) -> list[LineProblem]:
        last = self._told.get(kind)
        if last is not None and at_ms - last < self._settings.problem_every_ms:
            return []
        self._told[kind] = at_ms
        return [LineProblem(at_ms=at_ms, kind=kind)]
