"""Speaking over a reply: real speech cuts in soon, a cough never does, and our own echo neither."""

from __future__ import annotations

import numpy as np
import pytest

from channels.voice.hearing.audio_events import SpeechSustained
from channels.voice.hearing.audio_input import AudioInput
from channels.voice.hearing.vad import FRAME, SileroVad
from tests.support.voice.hearing import (
    RATE,
    at_rate,
    chunks,
    coughs,
    echoed,
    heard,
    heard_over,
    hush,
    joined,
    longest_span,
    mixed,
    noisy,
    our_voice,
    said,
    starts,
)

BARGE_IN_MS = 192
COUGHS = coughs()


@pytest.fixture(scope="module")
def vad() -> SileroVad:
    return SileroVad()


@pytest.mark.parametrize("name", COUGHS)
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_sound_of_150_ms_never_cuts_in(vad: SileroVad, name: str, rate: int) -> None:
    for noise in (-80.0, -40.0, -30.0):
        for offset in range(0, FRAME, 64):  # wherever in a frame it begins
            wave = joined(hush(1.0), np.zeros(offset, np.float32), COUGHS[name], hush(0.6))
            events = heard(AudioInput(vad=vad, rate=rate), noisy(wave, noise), rate=rate, playing=-90.0)
            assert longest_span(events) <= BARGE_IN_MS - 16


def test_two_coughs_are_not_one_long_one(vad: SileroVad) -> None:
    wave = joined(hush(1.0), COUGHS["ah"], hush(0.3), COUGHS["oh"], hush(0.6))
    assert (
        longest_span(heard(AudioInput(vad=vad, rate=RATE), noisy(wave, -60.0), playing=-90.0)) < BARGE_IN_MS
    )


@pytest.mark.parametrize("text", ["Hello?", "Hold on", "Can I ask something?", "No.", "Where is my order?"])
@pytest.mark.parametrize("voice", ["en-us", "en", "en-us+f3", "de"])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_speech_cuts_in_within_250_ms_of_its_first_voiced_frame(
    vad: SileroVad, text: str, voice: str, rate: int
) -> None:
    wave = noisy(joined(hush(2.0), said(text, voice=voice), hush(1.0)), -60.0)
    frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME)
    chances = vad.probabilities(vad.make_state(), frames)
    first_ms = next(index for index, chance in enumerate(chances) if chance >= 0.5) * 32
    assert _cut_in(AudioInput(vad=vad, rate=rate), at_rate(wave, rate), rate) - first_ms <= 250


def _cut_in(audio_input: AudioInput, pcm: bytes, rate: int) -> int:
    """Return how much had come in when the caller had cut in."""
    for chunk in chunks(pcm, rate):
        for event in audio_input.hear(chunk, playing=-90.0):
            if isinstance(event, SpeechSustained) and event.voiced_ms >= BARGE_IN_MS:
                return audio_input.heard_ms
    raise AssertionError("nobody cut in")


@pytest.mark.parametrize("return_db", [-6.0, -12.0, -20.0, -30.0])
@pytest.mark.parametrize("delay_ms", [0, 80, 250, 450])
def test_our_own_echo_never_counts_as_the_caller(vad: SileroVad, return_db: float, delay_ms: int) -> None:
    ours = our_voice()
    back = noisy(echoed(ours, return_db=return_db, delay_ms=delay_ms), -70.0)
    assert not starts(heard_over(AudioInput(vad=vad, rate=RATE), back, ours))


@pytest.mark.parametrize(
    ("return_db", "caller_dbfs"), [(-6.0, -12.0), (-12.0, -14.0), (-18.0, -20.0), (-30.0, -26.0)]
)
@pytest.mark.parametrize("at_s", [2.0, 5.1])
def test_a_caller_who_speaks_over_the_echo_is_heard(
    vad: SileroVad, return_db: float, caller_dbfs: float, at_s: float
) -> None:
    ours = our_voice()
    back = echoed(ours, return_db=return_db, delay_ms=150)
    caller = said("I want to speak to a human please", voice="en", dbfs=caller_dbfs)
    events = heard_over(AudioInput(vad=vad, rate=RATE), noisy(mixed(back, caller, at_s), -70.0), ours)
    sustained = [event for event in events if isinstance(event, SpeechSustained)]
    assert sustained[0].at_ms >= at_s * 1000
    soon = next(event.at_ms for event in sustained if event.voiced_ms >= BARGE_IN_MS) - at_s * 1000
    assert soon <= (400 if return_db <= -18 else 1500)


def test_a_caller_without_any_echo_cuts_in_on_the_first_sentence(vad: SileroVad) -> None:
    ours = our_voice()
    caller = mixed(np.zeros_like(ours), said("I want to speak to a human please"), 1.2)
    events = heard_over(AudioInput(vad=vad, rate=RATE), noisy(caller, -70.0), ours)
    first = next(e for e in events if isinstance(e, SpeechSustained) and e.voiced_ms >= BARGE_IN_MS)
    assert first.at_ms - 1200 <= 300


def test_a_cough_over_our_echo_does_not_let_the_echo_in(vad: SileroVad) -> None:
    ours = our_voice()
    for at_s in (2.0, 2.4, 3.3, 5.0):
        back = mixed(echoed(ours, return_db=-12.0, delay_ms=100), COUGHS["ah"], at_s)
        assert (
            longest_span(heard_over(AudioInput(vad=vad, rate=RATE), noisy(back, -70.0), ours)) < BARGE_IN_MS
        )
