"""What is reported of a caller's audio; `at_ms` is the time in it, from its start, at which it was known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioInputSettings:
    """Times in milliseconds (`_ms`), probabilities from 0 to 1, levels in dBFS or dB (`_db`)."""

    start_threshold: float = 0.5
    """Speech probability that begins speech, Silero's own default."""
    end_threshold: float = 0.35
    """Below it speech is over; lower than the start, so that a wavering voice is not cut up."""
    min_speech_ms: int = 120
    preroll_ms: int = 240
    pause_ms: int = 200
    """Silence after which an utterance can be transcribed on trial."""
    end_silence_ms: int = 600
    longest_wait_ms: int = 5_000
    """Most silence a call may wait for."""
    longest_utterance_ms: int = 30_000

    echo_return_db: float = -4.0
    """How loud our own voice may come back before its way has been measured."""
    echo_margin_db: float = 4.0

    quiet_dbfs: float = -45.0
    """Speech below it is hard to understand."""
    problem_every_ms: int = 30_000


ProblemKind = Literal["too_quiet", "clipped", "wrong_rate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechStarted:
    """The caller speaks, since `started_ms`."""

    at_ms: int
    started_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechSustained:
    """The caller has been speaking for `voiced_ms` without a break, and our own audio plays."""

    at_ms: int
    voiced_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """The caller is silent, perhaps not for long; `audio` (PCM16, 16 kHz) is the utterance so far."""

    at_ms: int
    audio: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Resumed:
    """The caller went on after a pause: what was made of it so far is void."""

    at_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechStopped:
    """The utterance is over.

    `audio` (PCM16, 16 kHz) has the pre-roll and is byte for byte that of the last `Paused`, unless a
    `Resumed` came after it. `voiced_ms` is the speech in it, `silence_ms` the silence since its last
    sound, `cut` says that it was too long and the caller goes on speaking.
    """

    at_ms: int
    started_ms: int
    audio: bytes
    voiced_ms: int
    silence_ms: int
    cut: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LineProblem:
    """Something is wrong with the audio itself."""

    at_ms: int
    kind: ProblemKind


AudioEvent = SpeechStarted | SpeechSustained | Paused | Resumed | SpeechStopped | LineProblem
