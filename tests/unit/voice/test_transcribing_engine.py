"""What the engine does not even show to the model."""

from __future__ import annotations

import numpy as np
import pytest

from channels.voice.pcm import Samples, samples
from channels.voice.transcribing.whisper_engine import has_sound, voiced_seconds
from tests.support.voice.speech import LEAD_S, TAIL_S, noise, silence, speech

SECOND = np.arange(16_000, dtype=np.float32)


@pytest.mark.parametrize(
    "wave",
    [
        np.zeros(0, np.float32),
        np.zeros(16_000, np.float32),
        np.full(16_000, np.nan, np.float32),
        np.full(16_000, np.inf, np.float32),
        np.full(16_000, 0.5, np.float32),
        np.sin(SECOND * np.float32(0.17)) * np.float32(0.3),
        samples(noise(2.0, level=-50)),
        samples(noise(2.0, level=-20)),
    ],
    ids=["nothing", "zeros", "NaN", "infinite", "constant", "tone", "soft noise", "loud noise"],
)
def test_what_can_not_be_speech_is_left_out(wave: Samples) -> None:
    assert not has_sound(wave)


@pytest.mark.parametrize("text", ["No.", "Stop.", "Where is my order 1 0 4 2?"])
@pytest.mark.parametrize("level", [-70.0, -38.0])
def test_speech_is_sound_also_over_noise(text: str, level: float) -> None:
    wave = samples(speech(text))
    assert has_sound(wave + samples(noise(len(wave) / 16_000, level=level))[: len(wave)])


def test_voiced_time_leaves_the_pauses_out() -> None:
    said = speech("Where is my order?")
    wave = samples(silence(1.0) + said + silence(1.0))
    spoken = len(samples(said)) / 16_000 - LEAD_S - TAIL_S
    assert 0.5 * spoken < voiced_seconds(wave) <= spoken + 0.04
