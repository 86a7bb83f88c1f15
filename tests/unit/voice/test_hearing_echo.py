"""The echo gate: what it lets through, and how it learns the way of our voice."""

from __future__ import annotations

import math

from channels.voice.hearing.audio_events import AudioInputSettings
from channels.voice.hearing.levels import EchoGate

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
