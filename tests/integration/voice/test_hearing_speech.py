"""Hearing on real speech: where it starts and ends, at every rate, in noise, however it is cut."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from faster_whisper.vad import get_speech_timestamps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.voice.hearing.audio_events import (
    AudioEvent,
    LineProblem,
    Paused,
    Resumed,
    SpeechStarted,
    SpeechStopped,
)
from channels.voice.hearing.audio_input import AudioInput
from channels.voice.hearing.vad import SileroVad
from channels.voice.pcm import Samples, pcm16, samples
from tests.support.voice.hearing import RATE, at_rate, heard, hush, joined, noisy, said, starts, stops

FRAME_MS = 32
RATES = [8_000, 16_000, 22_050, 48_000]


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


@cache
def conversation() -> Samples:
    """Return two utterances in a little noise."""
    return noisy(
        joined(
            hush(0.7),
            said("Where is my order 1 0 4 2?"),
            hush(1.3),
            said("I would like a refund please.", voice="en"),
            hush(1.0),
        ),
        -65.0,
    )


def test_frame_by_frame_the_model_says_what_it_says_in_one_run(vad: SileroVad) -> None:
    frames = conversation()
    frames = frames[: len(frames) // 512 * 512].reshape(-1, 512)
    whole = vad.probabilities(vad.make_state(), frames)
    state = vad.make_state()
    single = [chance for frame in frames for chance in vad.probabilities(state, frame[np.newaxis])]
    assert np.abs(np.array(whole) - single).max() < 1e-4


def test_two_calls_do_not_disturb_each_other(vad: SileroVad) -> None:
    alone = heard(AudioInput(vad=vad, rate=RATE), conversation())
    one, other = AudioInput(vad=vad, rate=RATE), AudioInput(vad=vad, rate=RATE)
    pcm, noise = pcm16(conversation()), pcm16(noisy(hush(6.0), -20.0))
    both: list[AudioEvent] = []
    for at in range(0, len(pcm), 640):
        both += one.hear(pcm[at : at + 640], playing=None)
        other.hear(noise[at : at + 640], playing=None)
    assert both == alone


@pytest.mark.parametrize("noise", [-96.0, -45.0, -40.0])
def test_speech_is_where_the_batch_model_finds_it(vad: SileroVad, noise: float) -> None:
    wave = noisy(conversation(), noise)
    expected = get_speech_timestamps(
        wave, min_silence_duration_ms=600, min_speech_duration_ms=120, speech_pad_ms=0
    )
    found = stops(heard(AudioInput(vad=vad, rate=RATE), wave))
    assert len(found) == len(expected) == 2
    for stop, batch in zip(found, expected, strict=True):
        assert abs(stop.started_ms - batch["start"] / 16) <= 2 * FRAME_MS
        # the batch model lets its own afterglow count, the longer the noisier
        assert -FRAME_MS <= batch["end"] / 16 - (stop.at_ms - stop.silence_ms) <= 9 * FRAME_MS


def test_noise_shifts_the_end_of_speech_by_little(vad: SileroVad) -> None:
    quiet, loud = (
        stops(heard(AudioInput(vad=vad, rate=RATE), noisy(conversation(), noise))) for noise in (-96.0, -30.0)
    )
    for one, other in zip(quiet, loud, strict=True):
        assert abs(one.at_ms - other.at_ms) <= 6 * FRAME_MS


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("noise", [-70.0, -35.0, -30.0])
def test_both_utterances_are_found_at_every_rate_and_in_noise(
    vad: SileroVad, rate: int, noise: float
) -> None:
    found = stops(heard(AudioInput(vad=vad, rate=rate), noisy(conversation(), noise), rate=rate))
    assert len(found) == 2
    assert found[0].started_ms == pytest.approx(700, abs=80)
    assert all(600 <= stop.silence_ms < 600 + FRAME_MS for stop in found)


def test_the_audio_of_an_utterance_holds_all_of_it(vad: SileroVad) -> None:
    wave = joined(hush(0.7), said("Where is my order?"), hush(1.0))
    (stop,) = stops(heard(AudioInput(vad=vad, rate=RATE), wave))
    sounding = np.flatnonzero(np.abs(wave) > 0.003)
    first, last = sounding[0], sounding[-1]
    start = stop.started_ms - 240
    assert start * 16 < first
    assert np.array_equal(
        samples(stop.audio)[first - start * 16 : last - start * 16], samples(pcm16(wave[first:last]))
    )


def test_an_utterance_pauses_and_goes_on(vad: SileroVad) -> None:
    wave = joined(hush(0.5), said("My number is"), hush(0.35), said("one zero four two"), hush(1.0))
    events = [
        event for event in heard(AudioInput(vad=vad, rate=RATE), wave) if not isinstance(event, SpeechStarted)
    ]
    assert [type(event) for event in events] == [Paused, Resumed, Paused, SpeechStopped]
    first, _, second, stop = events
    assert isinstance(first, Paused)
    assert isinstance(second, Paused)
    assert isinstance(stop, SpeechStopped)
    assert stop.audio == second.audio
    assert stop.audio.startswith(first.audio)


def test_a_longer_wait_joins_what_a_shorter_one_parts(vad: SileroVad) -> None:
    wave = joined(hush(0.5), said("one zero"), hush(0.9), said("four two"), hush(1.6))
    audio_input = AudioInput(vad=vad, rate=RATE)
    assert len(stops(heard(audio_input, wave))) == 2
    audio_input.wait_for(1200)
    assert len(stops(heard(audio_input, wave))) == 1


def test_faint_speech_is_heard_and_told(vad: SileroVad) -> None:
    wave = joined(
        said("Where is my order? I have been waiting for it for two weeks now.", dbfs=-52.0), hush(1)
    )
    events = heard(AudioInput(vad=vad, rate=RATE), wave)
    assert len(stops(events)) == 1
    assert [event.kind for event in events if isinstance(event, LineProblem)] == ["too_quiet"]


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_clipped_speech_is_heard_and_told(vad: SileroVad, rate: int) -> None:
    wave = np.clip(said("Where is my order? I have been waiting for it for two weeks.", dbfs=-3.0), -1, 1)
    events = heard(AudioInput(vad=vad, rate=rate), joined(hush(0.5), wave, hush(1.0)), rate=rate)
    assert [event.kind for event in events if isinstance(event, LineProblem)] == ["clipped"]
    assert starts(events)


def test_ordinary_speech_has_no_problem(vad: SileroVad) -> None:
    for rate in RATES:
        events = heard(AudioInput(vad=vad, rate=rate), conversation(), rate=rate)
        assert not [event for event in events if isinstance(event, LineProblem)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(RATES), st.lists(st.integers(1, 40_001), min_size=1, max_size=60))
def test_the_events_do_not_depend_on_the_chunks(vad: SileroVad, rate: int, sizes: list[int]) -> None:
    pcm = at_rate(conversation(), rate)
    whole = AudioInput(vad=vad, rate=rate).hear(pcm, playing=None)
    audio_input, at, found = AudioInput(vad=vad, rate=rate), 0, []
    while at < len(pcm):
        for size in sizes:
            found += audio_input.hear(pcm[at : at + size], playing=None)
            at += size
    assert found == whole
    assert len(stops(found)) == 2
