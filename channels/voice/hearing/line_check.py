"""Whether the line itself is in order: loud enough, not clipped, and at the rate it claims."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np

from channels.voice.hearing.audio_events import AudioInputSettings, LineProblem, ProblemKind
from channels.voice.hearing.vad import FRAME
from channels.voice.pcm import Raw, Samples

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
