"""What the callers say: eSpeak's speech as mu-law with the noise of a phone line, cut where it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import soxr
from voice_job import FRAME, RATE

from channels.voice.pcm import pcm16
from channels.voice.transports import mulaw

sys.path.append(str(Path(__file__).parents[2]))

from scripts.train_test_whisper.synthesis import RATE as MADE_AT
from scripts.train_test_whisper.synthesis import Espeak, Voice

SPOKEN = "I would like to know where my parcel is"
PEAK = 0.3
HEARD_ABOVE = PEAK / 100
"""Where speech ends: 40 dB below its peak."""
NOISE = 10 ** (-62 / 20)
SILENT_FRAMES = 50


def utterance(spoken: str = SPOKEN, *, seed: int = 1) -> list[bytes]:
    """Return mu-law frames of 20 ms; speech lasts to the end of the last one."""
    wave = soxr.resample(Espeak().say(spoken, Voice()), MADE_AT, RATE).astype(np.float32)
    wave *= PEAK / np.abs(wave).max()
    last = int(np.flatnonzero(np.abs(wave) > HEARD_ABOVE)[-1]) + 1
    lead = -last % FRAME
    speech = np.concatenate((np.zeros(lead, np.float32), wave[:last]))
    return _frames(speech + _noise(len(speech), seed))


def silence() -> list[bytes]:
    """Return one second of a line on which nobody speaks, to be sent over and over."""
    return _frames(_noise(SILENT_FRAMES * FRAME, 2))


def _noise(samples: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(samples, np.float32) * np.float32(NOISE)


def _frames(wave: np.ndarray) -> list[bytes]:
    codes = mulaw.encode(pcm16(wave))
    return [codes[at : at + FRAME] for at in range(0, len(codes), FRAME)]
