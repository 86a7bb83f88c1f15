"""The small rules of a call, each by itself."""

from __future__ import annotations

import re
import time
import tomllib
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest

from channels.voice.calls import call_phrases
from channels.voice.calls.call_exchange import AwaitedTurns
from channels.voice.calls.call_parts import ALLOWED, CallState, CallStates, IllegalTransition
from channels.voice.calls.call_phrases import LANGUAGES, choices, number_name, phrase
from channels.voice.calls.call_supervision import Fillers
from channels.voice.calls.caller_listener import silence_after
from channels.voice.calls.playback import Playback, SpokenLine, split
from channels.voice.calls.spelled import written
from channels.voice.calls.understanding import is_backchannel, is_code, numbers, question, read_back, verdict
from channels.voice.settings import VoiceSettings
from orchestrator.languages.wording import SPOKEN
from tests.support.voice.shop_ids import SHOP_IDS

TABLES = Path(call_phrases.__file__).with_name("languages")


@pytest.mark.parametrize(
    ("spoken", "typed"),
    [
        ("Where is my order one zero four two?", "Where is my order 1042?"),
        ("My code is 4 8 2 9 1 3.", "My code is 482913."),
        ("order 1, 0, 4, 2.", "order 1042."),
        ("order 10 42 please", "order 1042 please"),
        ("double five seven", "557"),
        ("double oh seven triple five", "007555"),
        ("one oh four two", "1042"),
        ("eins null vier zwei", "1042"),
        ("order one zero four two and one zero four three", "order 1042 and 1043"),
        ("My order is 1042. One more question.", "My order is 1042. One more question."),
        ("I have one question", "I have one question"),
        ("from 9 to 5", "from 9 to 5"),
        ("on 12 11 2026", "on 12 11 2026"),
        ("it is ada at example dot com", "it is ada@example.com"),
        ("a d a at example dot com", "ada@example.com"),
        ("ada dot byron one two at example dot co dot uk", "ada.byron12@example.co.uk"),
        ("I am at home.", "I am at home."),
        ("It came at that point in time.", "It came at that point in time."),
        ("ada arobase example point fr", "ada@example.fr"),
        ("", ""),
    ],
)
def test_spoken_numbers_and_addresses_are_written_as_typed(spoken: str, typed: str) -> None:
    assert written(spoken, SHOP_IDS) == typed


@pytest.mark.parametrize(
    ("language", "spoken", "typed"),
    [
        ("fr", "commande un zéro quatre deux", "commande 1042"),
        ("es-MX", "uno cero cuatro dos", "1042"),
        ("nl", "dubbel vijf zeven", "557"),
        ("fr", "trois un quatre un", "3141"),
        ("fr", "un deux-pièces, il en reste deux un jour", "un deux-pièces, il en reste deux un jour"),
        ("pt", "um zero quatro dois", "1042"),
        ("en", "um zero four two", "um 042"),
        ("en", "uno cero", "uno cero"),
    ],
)
def test_number_words_are_those_of_the_caller(language: str, spoken: str, typed: str) -> None:
    assert written(spoken, (), language) == typed


@pytest.mark.timed
def test_writing_takes_linear_time() -> None:
    began = time.perf_counter()
    for text in ("a b " * 5000, "one " * 5000, "x dot " * 5000, "1 " * 9000, "a-" * 9000 + " at"):
        written(text)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    "text", ["Uh-huh.", "mhm", "Okay!", "ja", "Right.", "I see", "okay okay", "Alles klar"]
)
def test_backchannels(text: str) -> None:
    assert is_backchannel(text)


@pytest.mark.parametrize(
    "text", ["", "no", "yes", "stop", "okay but where is it", "right away please sir now"]
)
def test_no_backchannels(text: str) -> None:
    assert not is_backchannel(text)


def test_every_state_can_end_and_nothing_follows_the_end() -> None:
    for before, after in product(CallState, CallState):
        machine = CallStates(lambda one, other: None)
        machine.state = before
        if after is before or after in ALLOWED[before]:
            machine.move(after)
            assert machine.state is after
        else:
            with pytest.raises(IllegalTransition):
                machine.move(after)
    assert all(CallState.ENDED in ALLOWED[state] for state in CallState if state is not CallState.ENDED)
    assert not ALLOWED[CallState.ENDED]


def test_numbers_and_codes() -> None:
    assert numbers("orders 1042, 1043 and 1042 for 84.50") == ("1042", "1043")
    assert numbers("ada12345@example.com and 42") == ()
    assert is_code("my code is 482913", (), asked=False)
    assert is_code("482913", SHOP_IDS, asked=True)
    assert not is_code("order 1042", SHOP_IDS, asked=True)
    assert is_code("order 1042", (), asked=True)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Yes.", True),
        ("ja genau", True),
        ("No!", False),
        ("nein", False),
        ("not really", False),
        ("where", None),
    ],
)
def test_verdicts(text: str, meant: bool | None) -> None:
    assert verdict(text) is meant


def test_waits() -> None:
    settings = VoiceSettings()
    assert silence_after("Where is it?", settings) == settings.end_silence_ms
    assert silence_after("", settings) == settings.end_silence_ms
    assert silence_after("meine Nummer ist eins null", settings) == settings.number_silence_ms
    assert silence_after("ada@example", settings) == settings.number_silence_ms
    assert silence_after("ich möchte, dass", settings) == settings.unfinished_silence_ms


def test_our_words_are_there_in_every_language_we_have_wordings_for() -> None:
    assert set(LANGUAGES) == set(SPOKEN)
    english = tomllib.loads((TABLES / "en.toml").read_text("utf-8"))
    for language in LANGUAGES:
        table = tomllib.loads((TABLES / f"{language}.toml").read_text("utf-8"))
        assert table["says"].keys() == english["says"].keys()
        assert all(_places(table["says"][name]) == _places(said) for name, said in english["says"].items())
        assert {"yes", "no", "backchannel", "at", "dot"} <= table["hears"].keys()
        assert len(choices("fillers", language)) == len(choices("patience", language)) == 3
    assert phrase("confirm", "de-AT", number="1 2 3") == "Sagten Sie 1 2 3?"
    assert phrase("still_there", "sv") == "Are you still there?"


def _places(sentence: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", sentence))


def test_a_business_without_ids_is_asked_for_a_number() -> None:
    assert number_name((), "de") == "Nummer"
    assert number_name(SHOP_IDS, "de") == "Bestellnummer"
    assert read_back("order 1042", ("1042",), "en", ()) == "1 0 4 2. One moment."
    assert read_back("order 1042", ("1042",), "en", SHOP_IDS) == "Order 1 0 4 2. One moment."
    assert question("Bestellung 1042", ("1042",), "de", SHOP_IDS) == "Sagten Sie Bestellung 1 0 4 2?"


@pytest.mark.parametrize(
    ("said", "meant"),
    [("Oui, c'est ça.", True), ("No, está mal.", False), ("Tak.", True), ("Boh", None)],
)
def test_yes_and_no_in_other_languages(said: str, meant: bool | None) -> None:
    assert verdict(said) is meant


def test_fillers_count_only_silence_while_thinking() -> None:
    fillers = Fillers(after_s=2, patience_s=7)
    assert fillers.tick(0, thinking=True, language="en") is None
    assert fillers.tick(1.5, thinking=False, language="en") is None
    assert fillers.tick(3, thinking=True, language="en") is None
    assert fillers.tick(5, thinking=True, language="en") is not None
    assert fillers.tick(9, thinking=True, language="en") is None
    assert fillers.tick(10, thinking=True, language="en") in choices("patience", "en")
    assert fillers.tick(16.5, thinking=True, language="en") is None


def waits(turns: AwaitedTurns) -> bool:
    return turns.pending


def test_turns_wait_for_the_last_message() -> None:
    turns, first, second = AwaitedTurns(limit_s=90), uuid4(), uuid4()
    turns.accepted(1, 0)
    turns.accepted(3, 5)
    turns.seen(first)
    turns.ended(first, 1, 6)
    assert waits(turns)
    assert turns.running is None
    turns.ended(second, 3, 8)
    assert not waits(turns)
    turns.accepted(5, 10)
    turns.replied(second, 11)
    assert not turns.overdue(15)
    assert turns.overdue(16.1)
    assert not waits(turns)


# --- the playback clock ---

RATE = 8000
SECOND = b"\x00\x10" * RATE


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def line(text: str = "one two three four") -> SpokenLine:
    return SpokenLine(text=text, turn="t", language="en")


def started(seconds: int) -> tuple[Playback, Clock, SpokenLine]:
    clock, said = Clock(), line()
    playback = Playback(rate=RATE, clock=clock)
    playback.begin(said)
    for _ in range(seconds):
        playback.sent(SECOND)
    playback.finish()
    return playback, clock, said


def test_without_reports_real_time_counts() -> None:
    playback, clock, said = started(4)
    clock.now += 1.5
    assert playback.position_ms == pytest.approx(1500)
    assert playback.ahead_ms == pytest.approx(2500)
    assert playback.heard() == []
    clock.now += 10
    assert playback.position_ms == pytest.approx(4000)
    assert not playback.audible
    assert playback.heard() == [said]
    assert playback.heard() == []


def test_reports_are_believed_and_a_stuck_player_does_not_hold_the_call() -> None:
    playback, clock, _ = started(8)
    clock.now += 2
    playback.played(1500)
    assert playback.position_ms == pytest.approx(1500)
    clock.now += 2.5
    assert playback.position_ms == pytest.approx(2500)
    playback.played(1500)
    clock.now += 10
    assert playback.position_ms == pytest.approx(8000)


def test_reports_may_count_from_the_call_or_from_the_reply() -> None:
    for from_call in (True, False):
        playback, clock, _ = started(2)
        playback.end_reply()
        clock.now += 10
        playback.begin(line())
        for _ in range(4):
            playback.sent(SECOND)
        clock.now += 1.2
        playback.played(3000 if from_call else 1000)
        assert playback.position_ms == pytest.approx(3000)


def test_impossible_reports_say_nothing() -> None:
    playback, clock, _ = started(2)
    clock.now += 0.5
    playback.played(10**12)
    playback.played(-5)
    playback.marked("never set")
    assert playback.position_ms == pytest.approx(500)


def test_marks_are_a_clock_and_those_of_dropped_audio_are_not() -> None:
    clock, said = Clock(), line()
    playback = Playback(rate=RATE, clock=clock)
    playback.begin(said)
    names = []
    for _ in range(4):
        playback.sent(SECOND)
        names.append(playback.mark())
    assert None not in names
    clock.now += 1.4
    playback.marked(names[0] or "")
    assert playback.position_ms == pytest.approx(1000)
    playback.cut()
    for name in names[1:]:
        playback.marked(name or "")
    assert playback.position_ms == pytest.approx(1000)
    assert not playback.audible


def test_a_cut_tells_what_was_heard_in_proportion() -> None:
    playback, clock, said = started(4)
    second = line("never begun")
    playback.begin(second)
    clock.now += 2
    [(cut, share), (other, none)] = playback.cut()
    assert (cut, other) == (said, second)
    assert share == pytest.approx(0.5)
    assert none == 0
    heard, rest = split(cut, share)
    assert heard == "one two"
    assert rest is not None
    assert rest.text == "three four"
    assert split(cut, 1.0) == ("one two three four", None)


def test_the_level_of_our_own_voice_lingers_as_an_echo_does() -> None:
    playback, clock, _ = started(1)
    assert playback.level() == pytest.approx(-18.06, abs=0.1)
    clock.now += 1.2
    assert playback.level() is not None
    clock.now += 0.5
    assert playback.level() is None
