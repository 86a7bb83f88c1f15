"""Speech for tests as PCM16 16 kHz mono, made by eSpeak NG in this process: fast, and the same each time."""

from __future__ import annotations

import numpy as np

from channels.voice.pcm import pcm16
from scripts.train_test_whisper.synthesis import RATE, Voice, espeak

LEAD_S = 0.25
TAIL_S = 0.3


def speech(text: str, *, voice: str = "en-us", pace: int = 175, pitch: int = 50) -> bytes:
    """Return `text` spoken, with the pauses around it that hearing leaves."""
    wave = espeak().say(text, Voice(name=voice, pace=pace, pitch=pitch))
    lead, tail = (np.zeros(int(each * RATE), np.float32) for each in (LEAD_S, TAIL_S))
    return pcm16(np.concatenate([lead, wave, tail]))


def silence(seconds: float) -> bytes:
    """Return digital silence."""
    return bytes(int(seconds * RATE) * 2)


def noise(seconds: float, *, level: float = -50.0, seed: int = 1) -> bytes:
    """Return white noise of `level` dBFS."""
    wave = np.random.default_rng(seed).standard_normal(int(seconds * RATE), np.float32)
    return pcm16(wave * np.float32(10 ** (level / 20)))
