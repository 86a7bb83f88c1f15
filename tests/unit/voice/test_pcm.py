"""From bytes to samples at 16 kHz."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.pcm import Joiner, Resampler, pcm16

RATES = [8_000, 11_025, 16_000, 22_050, 44_100, 48_000]


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(int(rate * seconds)) / rate)
    return np.frombuffer(pcm16(wave.astype(np.float32)), "<i2")


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=10))
def test_samples_are_joined_however_their_bytes_are_split(pcm: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(pcm)) for cut in cuts), len(pcm)]
    joiner = Joiner()
    parts = [joiner.join(pcm[start:end]) for start, end in pairwise(places)]
    whole = len(pcm) - len(pcm) % 2
    assert b"".join(part.tobytes() for part in parts) == pcm[:whole]


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_and_level_and_is_held_back_31_ms_at_most(rate: int) -> None:
    resampler = Resampler(rate)
    raw = tone(rate)
    step = rate // 50
    parts, given = [], 0
    for start in range(0, len(raw), step):
        parts.append(resampler.push(raw[start : start + step]))
        given += len(parts[-1])
        assert min(start + step, len(raw)) / rate - given / 16_000 < 0.031
    wave = np.concatenate(parts)[4000:12_000]
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    assert np.argmax(spectrum) * 2 == 1000
    assert np.sqrt(np.mean(wave**2)) == pytest.approx(0.3535, rel=0.01)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.integers(1, 3000), min_size=1, max_size=20))
def test_the_samples_do_not_depend_on_the_chunks(rate: int, sizes: list[int]) -> None:
    raw = tone(rate, 0.5)
    whole, pieces, parts, at = Resampler(rate).push(raw), Resampler(rate), [], 0
    for size in [*sizes, len(raw)]:
        parts.append(pieces.push(raw[at : at + size]))
        at += size
    joined = np.concatenate(parts)
    length = min(len(joined), len(whole))
    assert abs(len(joined) - len(whole)) <= 1
    assert np.array_equal(joined[:length], whole[:length])


@pytest.mark.parametrize("rate", [0, -8000, 7_999, 48_001])
def test_other_rates_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="from 8000 to 48000"):
        Resampler(rate)
