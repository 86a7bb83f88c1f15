"""A call from the caller's side: asked, answered, spoken over."""

from __future__ import annotations

import asyncio

from channels.voice.calls.call_parts import CallState
from orchestrator.ids import new_id
from tests.support.voice.fast_time import virtually
from tests.support.voice.phone import calling

REPLY = "Your order has been shipped. It arrives on Monday at your door."


@virtually
async def test_a_question_is_taken_in_and_answered() -> None:
    async with calling() as phone:
        assert phone.state() is CallState.LISTENING
        await phone.say("What are your opening hours?")
        assert phone.desk.texts == ["What are your opening hours?"]
        assert phone.state() is CallState.THINKING
        phone.desk.answer_with("We are open from nine to five. Anything else?")
        await phone.quiet(0.1)
        assert phone.state() is CallState.SPEAKING
        await phone.spoken_out()
        assert phone.said == ["We are open from nine to five.", "Anything else?"]
        assert phone.state() is CallState.LISTENING
    inbound = phone.desk.inbound[0]
    assert inbound.key == "call:1"
    assert inbound.spoken is not None
    assert inbound.spoken.confidence == 0.95
    assert inbound.spoken.started_ms < inbound.spoken.ended_ms


@virtually
async def test_the_wire_hears_of_everything_in_order() -> None:
    async with calling() as phone:
        await phone.say("What are your opening hours?")
        turn = phone.desk.answer_with("From nine to five.")
        await phone.quiet(3)
        kinds = [what["type"] if kind == "tell" else kind for _, kind, what in phone.wire.sent]
        order = ["ready", "speech_started", "transcript", "speech_stopped", "transcript", "reply", "audio"]
        assert [kind for at, kind in enumerate(kinds) if kind not in kinds[:at] or kind == "transcript"][
            : len(order)
        ] == order
        assert [event["final"] for event in phone.wire.told("transcript")] == [False, True]
        assert phone.wire.told("audio_end") == [{"type": "audio_end", "turn": str(turn)}]


@virtually
async def test_the_pass_on_trial_is_used_when_nothing_followed() -> None:
    async with calling() as phone:
        await phone.say("What are your opening hours?")
        assert phone.transcriber.asked == [("What are your opening hours?", False)]


@virtually
async def test_the_pass_on_trial_is_dropped_when_the_caller_goes_on() -> None:
    async with calling() as phone:
        started = phone.begin()
        await phone.pause("Where is")
        phone.resume()
        await phone.sustain(320)
        await phone.stop("Where is my parcel?", started=started, ms=900)
        await phone.quiet(0.5)
        assert phone.desk.texts == ["Where is my parcel?"]


@virtually
async def test_speaking_over_a_reply_stops_it_and_memory_keeps_what_was_heard() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        turn = phone.desk.answer_with(REPLY)
        await phone.quiet(2.2)
        started = phone.begin()
        await phone.sustain(192)
        await phone.quiet(0)
        assert phone.wire.clears == 1
        assert phone.state() is CallState.LISTENING
        await phone.stop("No, I want a refund.", started=started, ms=800)
        await phone.quiet(0.5)
        assert phone.desk.texts[-1] == "No, I want a refund."
        [(stopped, heard)] = phone.desk.interrupted
        assert stopped == turn
        assert REPLY.startswith(heard)
        assert "shipped" in heard
        assert "Monday" not in heard
    assert phone.summaries[0].interrupted == 1


@virtually
async def test_a_cough_never_cuts_a_reply() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with(REPLY)
        await phone.quiet(0.5)
        started = phone.begin()
        await phone.sustain(160)
        await phone.stop("", started=started, ms=150)
        await phone.spoken_out()
        assert phone.wire.clears == 0
        assert phone.desk.interrupted == []
        assert len(phone.desk.texts) == 1


@virtually
async def test_after_a_false_interruption_the_reply_goes_on_where_it_was() -> None:
    for noise in ("", "Uh-huh.", "mhm", "Okay.", "ja", "Right."):
        async with calling() as phone:
            await phone.say("Where is it?")
            phone.desk.answer_with(REPLY)
            await phone.quiet(1.7)
            await phone.say(noise, ms=500)
            await phone.spoken_out()
            assert phone.wire.clears == 1
            assert phone.desk.interrupted == []
            assert len(phone.desk.texts) == 1
            assert REPLY.endswith(phone.said[-1])
            assert phone.said[-1] == "arrives on Monday at your door."


@virtually
async def test_the_same_word_is_an_answer_when_a_question_was_all_that_was_left() -> None:
    async with calling() as phone:
        await phone.say("Please cancel it")
        phone.desk.answer_with("Shall I really cancel your order with the two items in it now?")
        await phone.quiet(2)
        await phone.say("Okay.", ms=500)
        assert phone.desk.texts[-1] == "Okay."


@virtually
async def test_the_same_word_is_an_answer_when_we_are_silent() -> None:
    async with calling() as phone:
        await phone.say("Okay.", ms=500)
        assert phone.desk.texts == ["Okay."]


@virtually
async def test_barge_in_and_then_silence_leaves_a_listening_call() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with(REPLY)
        await phone.quiet(1)
        await phone.say("Wait a moment", ms=600)
        phone.desk.answer_with("Of course.")
        await phone.quiet(4)
        assert phone.state() is CallState.LISTENING
        await phone.quiet(6)
        assert phone.said[-1] == "Are you still there?"


@virtually
async def test_speech_while_thinking_stops_the_turn_so_that_both_are_answered_together() -> None:
    async with calling() as phone:
        await phone.say("Where is my parcel?")
        turn = new_id()
        phone.desk.action(turn)
        await phone.quiet(0.1)
        await phone.say("It is the blue one.")
        assert phone.desk.interrupted == [(turn, "")]
        assert phone.desk.texts == ["Where is my parcel?", "It is the blue one."]
        phone.desk.delta(turn, "This is stale. ")
        phone.desk.answer_with("The blue one is on its way.")
        await phone.spoken_out()
        assert phone.said == ["The blue one is on its way."]


@virtually
async def test_a_reply_that_comes_while_the_caller_speaks_waits() -> None:
    async with calling() as phone:
        await phone.say("Where is my parcel?")
        started = phone.begin()
        phone.desk.answer_with(REPLY)
        await phone.quiet(1)
        assert phone.said == []
        assert phone.state() is CallState.LISTENING
        await phone.stop("", started=started, ms=200)
        await phone.quiet(0.3)
        assert phone.state() is CallState.SPEAKING


@virtually
async def test_the_wait_adapts_to_what_is_being_said() -> None:
    for text, silence in (
        ("my order is one zero", 1200),
        ("ada at", 1200),
        ("I ordered it and", 1100),
        ("12 Station Road", 1200),
    ):
        async with calling() as phone:
            phone.begin()
            await phone.pause(text)
            await phone.quiet(0.2)
            assert phone.audio_input.waits == [silence]
            phone.resume()


@virtually
async def test_echo_is_gated_by_the_level_of_what_is_being_played() -> None:
    async with calling() as phone:
        phone.frame()
        assert phone.audio_input.playing[-1:] == [None]
        await phone.say("Hello there you")
        phone.desk.answer_with(REPLY)
        await phone.quiet(0.5)
        phone.frame()
        level = phone.audio_input.playing[-1]
        assert level is not None
        assert -25 < level < -10
        await phone.spoken_out()
        await phone.quiet(1)
        phone.frame()
        assert phone.audio_input.playing[-1:] == [None]


@virtually
async def test_little_lies_unplayed_on_the_wire() -> None:
    async with calling() as phone:
        await phone.say("Tell me everything")
        phone.desk.answer_with("This is a rather long sentence about parcels and their way. " * 5)
        await phone.quiet(1)
        sent = sum(len(what) for _, kind, what in phone.wire.sent if kind == "audio") / 2 / phone.wire.rate
        assert 2.4 < sent < 4.2


@virtually
async def test_language_is_detected_once_and_kept() -> None:
    async with calling(language=None) as phone:
        await phone.say("Wo ist meine Bestellung bitte", language="de", trial=False)
        await phone.say("Hello there", language="en")
        assert phone.transcriber.languages == [None, "de"]
        await phone.quiet(2.8)
        assert phone.said[-1] == "Einen Moment bitte."


@virtually
async def test_a_browser_in_english_may_have_a_caller_who_speaks_german() -> None:
    async with calling(language="en-US", first_words=None) as phone:
        await phone.spoken_out()
        assert phone.said[0] == "Hello, how can I help you?"
        await phone.say("Wo ist meine Bestellung bitte", language="de", trial=False)
        assert phone.transcriber.languages == [None]
        await phone.quiet(2.8)
        assert phone.said[-1] == "Einen Moment bitte."


@virtually
async def test_greeting_names_the_house_and_the_sandbox() -> None:
    async with calling(first_words=None, more={"business": "Acme"}) as phone:
        await phone.spoken_out()
        assert phone.said == ["Hello, this is Acme. How can I help you?"]
    async with calling(first_words="Welcome back.") as phone:
        await asyncio.sleep(0.1)
        assert phone.said == ["Welcome back."]


@virtually
async def test_a_client_that_stops_sending_in_the_middle_of_a_word_is_taken_for_silent() -> None:
    async with calling() as phone:
        phone.begin()
        heard = len(phone.audio_input.playing)
        await phone.quiet(0.9)
        assert len(phone.audio_input.playing) == heard
        await phone.quiet(2)
        assert len(phone.audio_input.playing) > heard + 4


@virtually
async def test_more_is_said_while_a_turn_of_unknown_name_runs_and_both_answers_are_heard() -> None:
    async with calling() as phone:
        await phone.say("Where is my parcel?")
        await phone.say("And when are you open?")
        assert phone.desk.interrupted == []
        assert len(phone.desk.texts) == 2
        phone.desk.answer_with("It is on its way.")
        phone.desk.answer_with("From nine to five.")
        await phone.spoken_out()
        assert phone.said == ["It is on its way.", "From nine to five."]
