"""Speech for training and tests: the product's eSpeak NG, called directly, so fast and repeatable."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final

import espeakng_loader
import numpy as np
import soxr
from numpy.typing import NDArray

Audio = NDArray[np.float32]

RATE: Final = 16_000
VOICES: Final = (
    "en-us", "en-us", "en-us", "en", "en", "en-us+f2", "en-us+m3", "en-us+f4", "en+m1", "en-us+m7", "en+f1",
)  # fmt: skip
"""eSpeak calls its British voice plain "en"; it does not know "en-gb" by name."""
PACES: Final = (140, 150, 160, 175, 175, 190, 200, 200)
"""Words a minute."""
PITCHES: Final = (40, 50, 50, 60)

# espeak-ng/speak_lib.h
SYNCHRONOUS, UTF8 = 2, 1
PACE, PITCH = 1, 3
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """Who speaks: an eSpeak voice, its pace in words a minute and its pitch from 0 to 99."""

    name: str = "en-us"
    pace: int = 175
    pitch: int = 50


class Espeak:
    """The library, loaded once in a process; not for several threads."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self._heard: list[NDArray[np.int16]] = []
        self._callback = _Callback(self._keep)  # kept: the library holds only its address
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(SYNCHRONOUS, 200, data, 0)
        self._library.espeak_SetSynthCallback(self._callback)

    def _keep(self, wave: Any, count: int, _events: Any) -> int:
        if count > 0:
            self._heard.append(np.ctypeslib.as_array(wave, (count,)).copy())
        return 0

    def say(self, text: str, voice: Voice) -> Audio:
        """Return `text` as floats from -1 to 1 at 16 kHz; raise ValueError for an unknown voice."""
        self._heard.clear()
        if self._library.espeak_SetVoiceByName(voice.name.encode()):
            raise ValueError(f"eSpeak has no voice {voice.name}")
        self._library.espeak_SetParameter(PACE, voice.pace, 0)
        self._library.espeak_SetParameter(PITCH, voice.pitch, 0)
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 0, 0, UTF8, None, None)
        if not self._heard:
            return np.zeros(0, np.float32)
        wave = np.concatenate(self._heard).astype(np.float32) / 32768
        return np.asarray(soxr.resample(wave, self.rate, RATE), np.float32)


@cache
def espeak() -> Espeak:
    """Return this process's eSpeak (a second initialisation would upset the first)."""
    return Espeak()


def any_voice(random: Random) -> Voice:
    """Return one of the voices, paces and pitches that are trained."""
    return Voice(name=random.choice(VOICES), pace=random.choice(PACES), pitch=random.choice(PITCHES))


def in_a_room(speech: Audio, random: Random) -> Audio:
    """Return `speech` as a line delivers it: gain -12 to +3 dB, noise -75 to -38 dBFS, pauses around it."""
    lead, tail = (np.zeros(int(random.random() * most * RATE), np.float32) for most in (0.5, 0.4))
    wave = np.concatenate([lead, speech]) * np.float32(10 ** (random.uniform(-12, 3) / 20))
    noise = np.random.default_rng(random.getrandbits(64)).standard_normal(len(wave), np.float32)
    wave = wave + noise * np.float32(10 ** (random.uniform(-75, -38) / 20))
    return np.asarray(np.clip(np.concatenate([wave, tail]), -1, 1), np.float32)
