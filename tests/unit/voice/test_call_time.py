"""What time brings in a call: silence, fillers, limits, a human's turn."""

from __future__ import annotations

from itertools import pairwise

from channels.voice.calls.call_parts import CallState
from channels.voice.calls.call_phrases import choices
from channels.voice.settings import VoiceSettings
from orchestrator.conversation.event_bus import TurnEnded
from orchestrator.ids import new_id
from tests.support.voice.call_parts import CallDesk
from tests.support.voice.fast_time import now, virtually
from tests.support.voice.phone import calling


@virtually
async def test_silence_brings_one_prompt_then_goodbye() -> None:
    async with calling() as phone:
        await phone.quiet(7.5)
        assert phone.said == []
        await phone.quiet(1)
        assert phone.said == ["Are you still there?"]
        await phone.quiet(19)
        assert len(phone.said) == 1
        await phone.quiet(10)
        assert phone.said[1].startswith("I can't hear you any more")
        assert phone.state() is CallState.ENDED
    assert phone.wire.closed == [(1000, "the call is over")]
    assert phone.summaries[0].ended_by == "silence"


@virtually
async def test_an_hour_of_silence_is_over_in_half_a_minute() -> None:
    async with calling() as phone:
        began = now()
        while phone.state() is not CallState.ENDED:
            await phone.quiet(1)
        assert now() - began < 40


@virtually
async def test_the_silence_timer_stands_still_while_audio_plays_and_while_thinking() -> None:
    async with calling() as phone:
        await phone.say("Tell me everything")
        await phone.quiet(30)  # thinking
        assert "Are you still there?" not in phone.said
        phone.desk.answer_with("This is a rather long sentence about parcels and their way to you. " * 4)
        await phone.quiet(0.1)
        await phone.spoken_out()
        assert "Are you still there?" not in phone.said
        await phone.quiet(7)
        assert "Are you still there?" not in phone.said
        await phone.quiet(1.5)
        assert phone.said[-1] == "Are you still there?"


@virtually
async def test_speech_during_the_goodbye_saves_the_call() -> None:
    async with calling() as phone:
        await phone.quiet(29.6)
        assert phone.said[-1].endswith("Goodbye.")
        await phone.say("Hello, I am here!", ms=600)
        await phone.quiet(2)
        assert phone.state() is not CallState.ENDED
        assert phone.desk.texts == ["Hello, I am here!"]


@virtually
async def test_a_slow_model_brings_one_filler_and_then_word_that_it_takes_longer() -> None:
    async with calling() as phone:
        began = now()
        await phone.say("What can you do for me?")
        await phone.quiet(2)
        assert phone.said == []
        await phone.quiet(40)
        assert phone.said == [
            choices("fillers", "en")[0],
            *([*choices("patience", "en")] * 2)[: len(phone.said) - 1],
        ]
        heard = [at - began for at, kind, _ in phone.wire.sent if kind == "audio"]
        assert max(later - sooner for sooner, later in pairwise(heard)) < 7 + 2  # and what lasts


@virtually
async def test_the_same_filler_never_comes_twice_running() -> None:
    async with calling() as phone:
        for _ in range(4):
            await phone.say("What can you do for me?")
            await phone.quiet(4)
            phone.desk.answer_with("A lot.")
            await phone.spoken_out()
        fillers = [text for text in phone.said if text in choices("fillers", "en")]
        assert len(fillers) == 4
        assert all(one != other for one, other in pairwise(fillers))


@virtually
async def test_no_filler_after_a_read_back_but_no_long_silence_either() -> None:
    async with calling() as phone:
        await phone.say("Where is order one zero four two?")
        await phone.quiet(6)
        assert phone.said == ["Order 1 0 4 2. One moment."]
        await phone.quiet(6)
        assert phone.said[1:] == [choices("patience", "en")[0]]


@virtually
async def test_an_answer_that_never_comes_is_said_to_be_missing() -> None:
    async with calling() as phone:
        await phone.say("What can you do for me?")
        await phone.quiet(95)
        assert phone.said[-1].startswith("I am sorry, I have no answer yet.")
        assert phone.state() is not CallState.THINKING


@virtually
async def test_the_longest_call_ends_with_a_word() -> None:
    async with calling(settings=VoiceSettings(call_limit_s=60, silence_prompt_s=1000)) as phone:
        await phone.quiet(59)
        assert phone.said == []
        await phone.quiet(10)
        assert phone.said[0].startswith("This call has reached its longest time")
        assert phone.state() is CallState.ENDED
    assert phone.summaries[0].ended_by == "time"


@virtually
async def test_nothing_is_said_behind_the_last_words() -> None:
    async with calling(settings=VoiceSettings(call_limit_s=5)) as phone:
        await phone.say("Tell me everything")
        phone.desk.answer_with(
            " ".join(f"This is sentence number {n} of many about parcels." for n in range(9))
        )
        await phone.quiet(30)
        assert phone.state() is CallState.ENDED
        assert phone.said[-1].startswith("This call has reached its longest time")


@virtually
async def test_an_operator_takes_over_in_the_middle_and_is_heard() -> None:
    async with calling() as phone:
        await phone.say("I want a refund")
        await phone.quiet(0.5)
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(3)
        assert phone.said == ["A colleague is taking over now."]
        assert phone.state() is CallState.LISTENING
        phone.desk.delta(new_id(), "The bot must be silent now. ")
        await phone.quiet(1)
        phone.desk.post(phone.desk.conversation, author="operator", text="Hello, this is Kim. What is it?")
        await phone.quiet(0.1)
        await phone.spoken_out()
        assert phone.said[1:] == ["Hello, this is Kim.", "What is it?"]
        await phone.say("blurred but a person reads it", confidence=0.2)
        assert phone.desk.texts[-1] == "blurred but a person reads it"
        await phone.quiet(120)
        assert phone.said[3:] == ["A colleague will be with you soon."] * 2
        phone.desk.set_status(phone.desk.conversation, "open")
        await phone.quiet(9)
        assert phone.said[-1] == "Are you still there?"


@virtually
async def test_whoever_waits_for_a_human_that_never_comes_is_told_so_honestly() -> None:
    async with calling() as phone:
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(240)
        assert phone.said[:3] == [
            "A colleague is taking over now.",
            *["A colleague will be with you soon."] * 2,
        ]
        assert phone.said[3].startswith("I am sorry, nobody is free yet.")
        assert len(phone.said) >= 7


@virtually
async def test_a_handoff_announced_by_the_reply_is_not_announced_twice() -> None:
    async with calling() as phone:
        await phone.say("I want a human please")
        phone.desk.end(new_id(), "I have passed you on to a colleague.", status="handed_off")
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(10)
        assert phone.said == ["I have passed you on to a colleague."]


@virtually
async def test_a_transfer_goes_out_after_its_words_were_played() -> None:
    async with calling(transfer_to="+4930123456") as phone:
        await phone.say("I want a human please")
        phone.desk.end(new_id(), "I have passed you on to a colleague.", status="handed_off")
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(2.5)
        assert phone.said[-1] == "I am connecting you to a colleague."
        assert phone.wire.told("transfer") == []
        await phone.quiet(3)
        assert phone.wire.told("transfer") == [{"type": "transfer", "to": "+4930123456"}]
        assert phone.state() is CallState.ENDED
    assert phone.wire.closed == [(1000, "the call is over")]
    assert phone.summaries[0].ended_by == "transfer"


@virtually
async def test_a_transfer_whose_words_were_spoken_over_still_happens() -> None:
    async with calling(transfer_to="+4930123456") as phone:
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(3)
        assert phone.said[-1] == "I am connecting you to a colleague."
        await phone.say("Wait, tell them it is urgent!")
        assert phone.wire.told("transfer") == []
        await phone.quiet(6)
        assert phone.wire.told("transfer") == [{"type": "transfer", "to": "+4930123456"}]
        assert phone.said[-2:] == ["I am connecting you to a colleague."] * 2


@virtually
async def test_the_client_hears_of_a_human_and_of_the_bot_again() -> None:
    async with calling() as phone:
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(1)
        phone.desk.set_status(phone.desk.conversation, "open")
        await phone.quiet(1)
        assert [event["status"] for event in phone.wire.told("status")] == ["human", "open"]


@virtually
async def test_an_answer_put_off_without_a_word_gets_one() -> None:
    async with calling() as phone:
        await phone.say("What can you do for me?")
        phone.desk.publish(phone.desk.conversation, TurnEnded(turn=new_id(), status="deferred", upto_seq=9))
        await phone.quiet(1)
        assert phone.said == ["I am sorry, I have no answer yet. Your message is safe."]


@virtually
async def test_a_number_that_waits_for_a_yes_is_not_lost_when_a_human_takes_over() -> None:
    async with calling() as phone:
        await phone.say("Where is order one zero four two?", confidence=0.6)
        assert phone.desk.texts == []
        phone.desk.set_status(phone.desk.conversation, "human")
        await phone.quiet(8)
        await phone.say("Yes.")
        assert phone.desk.texts == ["Where is order 1042. Yes."]


@virtually
async def test_a_call_resumed_with_a_human_says_so() -> None:
    desk = CallDesk()
    session = await desk.open_session(channel="voice", token=None, identity=None, issued_only=True)
    desk.set_status(desk.conversation, "human")
    async with calling(desk=desk, opened={"token": session.token}) as phone:
        await phone.quiet(3)
        assert phone.said == ["A colleague is taking over now."]
        assert phone.wire.told("status") == [{"type": "status", "status": "human"}]
