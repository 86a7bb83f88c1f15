"""The echo gate and how it learns the way of our voice; what is wrong with a line is told."""

from __future__ import annotations

import math

import numpy as np
import pytest

from channels.voice.hearing.audio_events import AudioInputSettings
from channels.voice.hearing.levels import EchoGate, LineCheck, Meter, NoiseFloor, PaceCheck, StereoCheck

SETTINGS = AudioInputSettings()


def play(gate: EchoGate, frames: int, *, ours: float | None, theirs: float, speaking: bool = False) -> float:
    least = math.inf
    for _ in range(frames):
        least = gate.play(ours)
        gate.learn(theirs, speaking=speaking)
    return least


def test_the_gate_is_open_while_we_are_silent() -> None:
    assert EchoGate(SETTINGS).play(None) == -math.inf


def test_before_anything_is_known_an_echo_of_minus_6_db_stays_out() -> None:
    assert EchoGate(SETTINGS).play(-20.0) >= -20.0 - 6.0 + 4.0


def test_a_weak_echo_is_learned_within_two_seconds() -> None:
    gate = EchoGate(SETTINGS)
    assert play(gate, 63, ours=-20.0, theirs=-50.0) < -43.0


def test_what_the_caller_says_is_no_echo() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 100, ours=-20.0, theirs=-50.0)
    before = gate.echo_return_db
    play(gate, 100, ours=-20.0, theirs=-15.0, speaking=True)
    assert gate.echo_return_db == before


def test_a_cough_is_no_echo() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 100, ours=-20.0, theirs=-50.0)
    play(gate, 5, ours=-20.0, theirs=-15.0)
    assert play(gate, 40, ours=-20.0, theirs=-50.0) < -43.0


def test_a_slow_rise_is_followed() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 100, ours=-20.0, theirs=-50.0)
    play(gate, 200, ours=-20.0, theirs=-48.0)
    assert gate.echo_return_db > -28.5


def test_the_echo_of_what_we_just_said_stays_out_for_half_a_second() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 10, ours=-20.0, theirs=-50.0)
    assert play(gate, 16, ours=None, theirs=-26.0) > -30.0
    assert play(gate, 10, ours=None, theirs=-80.0) == -math.inf


def test_a_voice_that_falls_silent_with_ours_was_our_echo() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 100, ours=-20.0, theirs=-50.0)
    play(gate, 7, ours=-20.0, theirs=-30.0, speaking=True)  # the loudspeaker was turned up: we are cut off
    play(gate, 5, ours=None, theirs=-30.0, speaking=True)
    play(gate, 30, ours=None, theirs=-80.0)
    assert gate.play(-20.0) > -30.0


def test_a_voice_that_goes_on_after_ours_was_the_caller() -> None:
    gate = EchoGate(SETTINGS)
    play(gate, 100, ours=-20.0, theirs=-50.0)
    before = gate.echo_return_db
    play(gate, 7, ours=-20.0, theirs=-25.0, speaking=True)
    play(gate, 40, ours=None, theirs=-25.0, speaking=True)
    play(gate, 40, ours=None, theirs=-80.0)
    assert gate.echo_return_db == before


RNG = np.random.default_rng(1)
FRAME = np.zeros(512, np.float32)


def tell(check: LineCheck, frames: int, *, level: float, start_ms: int = 0) -> list[str]:
    found = []
    for index in range(frames):
        found += check.step(FRAME, [level] * 4, at_ms=start_ms + index * 32, speech=True)
    return [problem.kind for problem in found]


def test_faint_speech_is_told_after_two_seconds_and_then_twice_a_minute_at_most() -> None:
    check = LineCheck(AudioInputSettings())
    assert tell(check, 63, level=-50.0) == []
    assert tell(check, 1, level=-50.0) == ["too_quiet"]
    assert tell(check, 800, level=-50.0) == []
    assert tell(check, 200, level=-50.0, start_ms=60_000) == ["too_quiet"]


def test_speech_that_is_loud_enough_in_parts_is_not_faint() -> None:
    check = LineCheck(AudioInputSettings())
    assert [
        kind for _ in range(50) for kind in tell(check, 3, level=-60.0) + tell(check, 1, level=-30.0)
    ] == []


def test_clipping_is_told_and_one_loud_peak_is_not() -> None:
    check = LineCheck(AudioInputSettings())
    peak = FRAME.copy()
    peak[100:110] = 1.0
    clipped = np.clip(4 * np.sin(np.arange(512) / 5), -1, 1).astype(np.float32)
    for index in range(40):
        assert check.step(peak if index == 5 else FRAME, [-12.0] * 4, at_ms=0, speech=False) == []
    told = [each for _ in range(9) for each in check.step(clipped, [-2.0] * 4, at_ms=0, speech=False)]
    assert [problem.kind for problem in told] == ["clipped"]


def speechlike(count: int) -> np.ndarray:
    """Return noise that falls by 6 dB per octave and comes in syllables, as 16-bit samples."""
    wave = np.convolve(RNG.standard_normal(count), 0.9 ** np.arange(60), mode="same")
    syllables = 1 + np.sin(np.arange(count) / 2000)
    samples: np.ndarray = (wave * syllables * 1000).astype(np.int16)
    return samples


@pytest.mark.parametrize("right", ["same", "silent", "fainter", "with noise of its own"])
def test_interleaved_channels_are_found(right: str) -> None:
    left = speechlike(100_000)
    other = {
        "same": left,
        "silent": np.zeros_like(left),
        "fainter": (left * 0.4).astype(np.int16),
        "with noise of its own": (left + RNG.standard_normal(len(left)) * 60).astype(np.int16),
    }[right]
    stereo = np.stack([left, other], axis=1).ravel()
    assert StereoCheck().push(stereo)


@pytest.mark.parametrize("chunk", [1, 7, 320, 4096, 50_000])
def test_one_channel_is_not_taken_for_two(chunk: int) -> None:
    mono, check = speechlike(50_000), StereoCheck()
    assert not any(check.push(mono[start : start + chunk]) for start in range(0, len(mono), chunk))


def test_silence_and_white_noise_are_one_channel() -> None:
    assert not StereoCheck().push(np.zeros(200_000, np.int16))
    assert not StereoCheck().push((RNG.standard_normal(200_000) * 3000).astype(np.int16))


def test_more_audio_than_time_is_found_soon() -> None:
    pace = PaceCheck()
    found = [pace.push(60.0, index * 0.02) for index in range(100)]  # three times as much as passes
    assert found.index(True) * 0.02 < 1.5


def test_audio_at_the_right_pace_is_well_even_with_a_fast_clock_and_hold_ups() -> None:
    pace, now = PaceCheck(), 0.0
    for index in range(200_000):
        now += 0.02 * 0.999
        left = 4999 - index % 5000  # the last four seconds of each hundred come in a burst
        arrives = now + (left if left < 200 else 0) * 0.02
        assert not pace.push(20.0, arrives)


def test_a_clock_that_goes_back_does_no_harm() -> None:
    pace = PaceCheck()
    assert not any(pace.push(20.0, 100.0 - index) for index in range(50))


def test_levels_leave_a_dc_offset_out() -> None:
    wave = 0.01 * np.sin(np.arange(512 * 100) / 3).astype(np.float32) + np.float32(0.3)
    levels = Meter().measure(wave.reshape(-1, 512))
    assert np.abs(levels[-1] - 20 * np.log10(0.01 / np.sqrt(2))).max() < 1


def test_levels_do_not_depend_on_how_frames_come() -> None:
    frames = (RNG.standard_normal((50, 512)) * 0.1 + 0.2).astype(np.float32)
    one, many = Meter(), Meter()
    single = np.concatenate([one.measure(frames[index : index + 1]) for index in range(50)])
    assert np.array_equal(single, many.measure(frames))


def test_the_noise_floor_falls_at_once_and_rises_within_two_seconds() -> None:
    floor = NoiseFloor()
    for level in [-50.0] * 100 + [-70.0]:
        floor.step(level)
    assert floor.level == -70.0
    for _ in range(64):
        floor.step(-40.0)
    assert floor.level == -40.0


def test_speech_from_the_first_moment_is_not_taken_for_noise() -> None:
    floor = NoiseFloor()
    for _ in range(7):
        floor.step(-20.0)
    assert floor.level <= -60.0
