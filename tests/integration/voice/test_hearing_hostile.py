"""What no caller means to send: garbage, wrong rates, silence without end, far too much at once."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soxr

from channels.voice.hearing.audio_events import AudioInputSettings, LineProblem, SpeechStopped
from channels.voice.hearing.audio_input import AudioInput
from channels.voice.hearing.vad import SileroVad, VadUnavailable
from channels.voice.pcm import Samples, pcm16
from tests.support.voice.hearing import RATE, heard, hush, joined, problems, said, starts, stops

TIME = np.arange(RATE * 4) / RATE


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


def test_random_bytes_are_not_speech(vad: SileroVad) -> None:
    audio_input, random = AudioInput(vad=vad, rate=RATE), np.random.default_rng(1)
    events = [
        event for size in range(1, 4000, 7) for event in audio_input.hear(random.bytes(size), playing=None)
    ]
    assert {type(event) for event in events} <= {LineProblem}


@pytest.mark.parametrize("hertz", [50, 100, 220, 440, 1000])
def test_square_waves_are_not_speech(vad: SileroVad, hertz: int) -> None:
    wave: Samples = (0.99 * np.sign(np.sin(2 * np.pi * hertz * TIME))).astype(np.float32)
    events = heard(AudioInput(vad=vad, rate=RATE), wave)
    assert not starts(events)
    assert "clipped" in problems(events)


@pytest.mark.parametrize("offset", [-0.5, 0.1, 0.3])
def test_a_dc_offset_changes_nothing(vad: SileroVad, offset: float) -> None:
    wave = joined(hush(1.0), said("Where is my order?", dbfs=-26.0), hush(1.0))
    plain, shifted = (
        stops(heard(AudioInput(vad=vad, rate=RATE), wave + np.float32(dc))) for dc in (0.0, offset)
    )
    assert len(plain) == len(shifted) == 1
    assert abs(plain[0].started_ms - shifted[0].started_ms) <= 64
    assert abs(plain[0].at_ms - shifted[0].at_ms) <= 128


def test_stereo_at_48_khz_sent_as_mono_at_16_khz_is_told(vad: SileroVad) -> None:
    wave = soxr.resample(said("Where is my order? I would like to know it now."), RATE, 48_000)
    stereo = np.repeat(wave, 2)
    events = heard(AudioInput(vad=vad, rate=RATE), stereo)
    assert problems(events) == ["wrong_rate"]


def test_mono_at_48_khz_sent_as_16_khz_is_told_by_the_clock(vad: SileroVad) -> None:
    pcm, audio_input = (
        pcm16(soxr.resample(said("Where is my order? I would like to know."), RATE, 48_000)),
        AudioInput(vad=vad, rate=RATE),
    )
    step = 48_000 // 50 * 2
    events = [
        event
        for index, at in enumerate(range(0, len(pcm), step))
        for event in audio_input.hear(pcm[at : at + step], playing=None, now=index * 0.02)
    ]
    assert problems(events) == ["wrong_rate"]


def test_the_right_rate_is_not_blamed(vad: SileroVad) -> None:
    audio_input, pcm = (
        AudioInput(vad=vad, rate=RATE),
        pcm16(said("Where is my order? I would like to know it now.")),
    )
    for index, at in enumerate(range(0, len(pcm), 640)):
        assert not problems(audio_input.hear(pcm[at : at + 640], playing=None, now=index * 0.02))


def test_an_hour_of_silence_costs_neither_memory_nor_inference(vad: SileroVad) -> None:
    audio_input, second = AudioInput(vad=vad, rate=8_000), bytes(16_000)
    audio_input.hear(second, playing=None)
    tracemalloc.start()
    for _ in range(3_600):
        assert audio_input.hear(second, playing=None) == []
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000
    assert audio_input.heard_ms == 3_601_000
    assert audio_input.frames_judged == 0


def test_after_twenty_minutes_speech_is_heard_where_it_is(vad: SileroVad) -> None:
    audio_input = AudioInput(vad=vad, rate=44_100)
    for _ in range(200):
        audio_input.hear(bytes(6 * 88_200), playing=None)
    (start,) = starts(heard(audio_input, joined(hush(0.5), said("Hello?"), hush(1.0)), rate=44_100))
    assert start.started_ms == pytest.approx(1_200_500, abs=60)


def test_endless_speech_comes_in_bounded_pieces(vad: SileroVad) -> None:
    words = said("Where is my order and when will it come and what does it cost and who brings it")
    audio_input = AudioInput(vad=vad, rate=RATE, settings=AudioInputSettings(longest_utterance_ms=5_000))
    events = audio_input.hear(pcm16(np.tile(words, 5)), playing=None)
    pieces = [event for event in events if isinstance(event, SpeechStopped)]
    assert len(pieces) >= 3
    assert all(piece.cut and len(piece.audio) <= 5_064 * 32 for piece in pieces)


def test_much_audio_at_once_is_heard_like_any_other(vad: SileroVad) -> None:
    wave = joined(hush(1.0), said("Hello?"), hush(120.0), said("Where is my order?"), hush(1.0))
    assert len(stops(AudioInput(vad=vad, rate=RATE).hear(pcm16(wave), playing=None))) == 2


def test_nothing_and_half_a_sample_are_no_trouble(vad: SileroVad) -> None:
    audio_input = AudioInput(vad=vad, rate=RATE)
    assert audio_input.hear(b"", playing=None) + audio_input.hear(b"\x01", playing=-20.0) == []
    assert audio_input.heard_ms == 0


def test_a_missing_model_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(VadUnavailable, match="Silero"):
        SileroVad(tmp_path / "none.onnx")
