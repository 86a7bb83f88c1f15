"""What an ear can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RATE: Final = 16_000
"""Samples per second inside the ear and of the audio it gives."""
LEAST_RATE: Final = 8_000
MOST_RATE: Final = 48_000


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
