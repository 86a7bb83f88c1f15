"""Endpointing on made frames: probabilities and levels as one likes."""

from __future__ import annotations

from channels.voice.hearing.audio_events import (
    AudioEvent,
    AudioInputSettings,
    Paused,
    Resumed,
    SpeechStarted,
    SpeechStopped,
    SpeechSustained,
)
from channels.voice.hearing.endpointing import Endpointer, HeardFrame, Tape

FRAME_MS = 32
LOUD, STILL = -20.0, -70.0


class Line:
    """Feeds an endpointer frame by frame."""

    def __init__(self, settings: AudioInputSettings | None = None) -> None:
        self.tape = Tape()
        self.endpointer = Endpointer(settings or AudioInputSettings(), self.tape)
        self.frames = 0

    def hear(
        self,
        count: int,
        *,
        voice: float = 0.9,
        level: float = LOUD,
        gate: float = -200.0,
        playing: bool = False,
    ) -> list[AudioEvent]:
        return [event for _ in range(count) for event in self._one([level] * 4, voice, gate, playing)]

    def blocks(self, levels: list[float], voice: float = 0.9) -> list[AudioEvent]:
        return self._one(levels, voice, -200.0, True)

    def still(self, count: int) -> list[AudioEvent]:
        return self.hear(count, voice=0.01, level=STILL)

    def _one(self, blocks: list[float], voice: float, gate: float, playing: bool) -> list[AudioEvent]:
        self.tape.record(self.frames.to_bytes(2, "little") * 512)
        frame = HeardFrame(
            start_ms=self.frames * FRAME_MS,
            probability=voice,
            blocks=blocks,
            floor=STILL,
            gate=gate,
            playing=playing,
        )
        self.frames += 1
        return self.endpointer.step(frame)


def numbers(audio: bytes) -> list[int]:
    """Return the numbers of the frames in a piece of tape."""
    return sorted({int.from_bytes(audio[at : at + 2], "little") for at in range(0, len(audio), 2)})


def test_an_utterance_starts_pauses_and_stops() -> None:
    line = Line()
    line.still(20)
    started, *_ = line.hear(10)
    paused, stopped = line.still(25)
    assert isinstance(started, SpeechStarted)
    assert 20 * FRAME_MS - 16 <= started.started_ms <= 20 * FRAME_MS
    assert started.at_ms == 24 * FRAME_MS
    assert isinstance(paused, Paused)
    assert isinstance(stopped, SpeechStopped)
    assert paused.at_ms == 37 * FRAME_MS
    assert stopped.at_ms == 49 * FRAME_MS
    assert (stopped.silence_ms, stopped.voiced_ms, stopped.cut) == (608, 320, False)
    assert stopped.audio == paused.audio


def test_the_pre_roll_is_in_the_audio_and_most_of_the_silence_is_not() -> None:
    line = Line()
    line.still(20)
    line.hear(10)
    stopped = line.still(25)[-1]
    assert isinstance(stopped, SpeechStopped)
    assert numbers(stopped.audio) == list(range(12, 37))  # 240 ms before, 200 ms after


def test_a_pause_within_an_utterance_is_told_once_and_taken_back() -> None:
    line = Line()
    line.hear(10)
    first = line.still(15)
    second = line.hear(5)
    third = line.still(25)
    assert [type(event) for event in first] == [Paused]
    assert [type(event) for event in second] == [Resumed]
    assert [type(event) for event in third] == [Paused, SpeechStopped]
    longer, stopped = third
    assert isinstance(longer, Paused)
    assert isinstance(stopped, SpeechStopped)
    assert longer.audio == stopped.audio
    assert numbers(stopped.audio) == list(range(37))


def test_what_is_shorter_than_the_least_speech_is_nothing() -> None:
    line = Line()
    assert line.still(5) + line.hear(3) + line.still(30) == []


def test_a_wavering_voice_is_one_utterance() -> None:
    line = Line()
    line.hear(5)
    for _ in range(20):
        assert line.hear(1, voice=0.4) == []
        assert line.hear(1, voice=0.6) == []
    assert line.hear(10, voice=0.3) != []


def test_speech_needs_the_start_threshold() -> None:
    assert Line().hear(50, voice=0.45) == []


def test_the_model_s_afterglow_is_silence() -> None:
    line = Line()
    line.hear(10)
    afterglow = line.hear(7, voice=0.8, level=STILL + 1)
    assert [type(event) for event in afterglow] == [Paused]


def test_the_call_waits_longer_when_told_also_in_the_middle_of_a_silence() -> None:
    line = Line()
    line.hear(10)
    line.still(15)
    line.endpointer.wait_for(1200)
    assert line.still(22) == []
    (stopped,) = line.still(1)
    assert isinstance(stopped, SpeechStopped)
    assert stopped.silence_ms == 38 * FRAME_MS


def test_a_shorter_wait_ends_a_silence_that_is_already_long_enough() -> None:
    line = Line()
    line.hear(10)
    line.still(15)
    line.endpointer.wait_for(400)
    assert [type(event) for event in line.still(1)] == [SpeechStopped]


def test_a_wait_is_bounded() -> None:
    line = Line()
    line.hear(10)
    line.endpointer.wait_for(10**9)
    assert any(isinstance(event, SpeechStopped) for event in line.still(200))


def test_an_endless_utterance_is_cut_and_no_sound_is_lost_or_doubled() -> None:
    line = Line(AudioInputSettings(longest_utterance_ms=3200))
    events = line.hear(250)
    pieces = [event for event in events if isinstance(event, SpeechStopped)]
    assert [piece.cut for piece in pieces] == [True, True]
    assert numbers(pieces[0].audio) == list(range(100))
    assert numbers(pieces[1].audio) == list(range(100, 200))
    assert [type(event) for event in events] == [SpeechStarted, SpeechStopped] * 2 + [SpeechStarted]


def test_sustained_speech_is_told_only_while_we_play() -> None:
    line = Line()
    assert not [event for event in line.hear(20) if isinstance(event, SpeechSustained)]
    spans = [event.voiced_ms for event in line.hear(3, playing=True) if isinstance(event, SpeechSustained)]
    assert spans == [672, 704, 736]


def test_a_span_begins_anew_after_a_break() -> None:
    line = Line()
    line.hear(5, playing=True)
    line.still(5)
    events = line.hear(5, playing=True)
    assert max(event.voiced_ms for event in events if isinstance(event, SpeechSustained)) <= 5 * 32 + 16


def test_a_stop_inside_a_word_does_not_break_a_span() -> None:
    line = Line()
    line.hear(3, playing=True)
    line.hear(2, voice=0.2, level=STILL, playing=True)
    (*_, last) = line.hear(3, playing=True)
    assert isinstance(last, SpeechSustained)
    assert last.voiced_ms == 8 * 32


def test_a_sound_that_ends_within_a_frame_is_measured_to_its_end() -> None:
    line = Line()
    line.hear(1, voice=0.01, level=STILL)
    line.blocks([STILL, STILL, LOUD, LOUD])
    for _ in range(3):
        line.blocks([LOUD] * 4)
    (sustained,) = line.blocks([LOUD, STILL, STILL, STILL])
    assert isinstance(sustained, SpeechSustained)
    assert sustained.voiced_ms == 16 + 16 + 3 * 32 + 8


def test_what_is_below_the_gate_is_not_the_caller() -> None:
    assert Line().hear(50, gate=-15.0, playing=True) == []


def test_the_tape_stays_short_while_nobody_speaks() -> None:
    line = Line()
    line.still(1000)
    assert len(line.tape) <= 400 * 32
