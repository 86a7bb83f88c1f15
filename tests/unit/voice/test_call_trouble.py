"""What can break in a call: each of its parts, and the line itself at any moment."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from channels.voice.calls.call_parts import CallState
from channels.voice.errors import SpeakerFailed, TranscriberBusy, TranscriberFailed
from channels.voice.hearing.audio_events import LineProblem, SpeechStopped
from orchestrator.conversation.event_bus import SessionChanged
from orchestrator.conversation.message import Accepted, Inbound, VisitorSession
from orchestrator.errors import IdentityRejected, SessionUnknown, StoreAway
from orchestrator.ids import new_id
from tests.support.voice.call_parts import CallDesk, utterance
from tests.support.voice.fast_time import now, virtually
from tests.support.voice.phone import Phone, calling

REPLY = "Your order has been shipped. It arrives on Monday at your door."


def spoken(text: str, *, started: int) -> SpeechStopped:
    return SpeechStopped(
        at_ms=started + 1000, started_ms=started, audio=utterance(text), voiced_ms=600, silence_ms=600
    )


@virtually
async def test_a_busy_transcriber_is_waited_for() -> None:
    async with calling() as phone:
        phone.transcriber.failures = [TranscriberBusy("full"), TranscriberBusy("full")]
        await phone.say("What are your opening hours?")
        await phone.quiet(2)
        assert phone.said == ["One moment, please."]
        assert phone.desk.texts == ["What are your opening hours?"]


@virtually
async def test_a_failed_transcript_is_asked_for_again_and_thrice_leaves_a_note() -> None:
    async with calling() as phone:
        for _ in range(3):
            phone.transcriber.failures = [TranscriberFailed("gone")]
            await phone.say("What are your opening hours?")
            await phone.spoken_out()
        assert phone.said[:2] == ["Sorry, could you say that again?"] * 2
        assert phone.said[2].startswith("I am sorry, I can't understand speech at the moment")
        [note] = phone.desk.texts
        assert note.startswith("I want to speak to a human.")
        for _ in range(3):
            phone.transcriber.failures = [TranscriberFailed("gone")]
            await phone.say("What are your opening hours?")
            await phone.spoken_out()
        assert len(phone.desk.texts) == 1
    assert phone.summaries[0].missed == 6


@virtually
async def test_a_transcriber_that_hangs_is_bridged_and_bounded() -> None:
    async with calling() as phone:
        phone.transcriber.slow = 1e6
        started = phone.begin()
        await phone.pause("Hello there")
        await phone.stop("Hello there", started=started, ms=800)
        await phone.quiet(5)
        assert phone.state() is CallState.THINKING
        assert phone.said == ["One moment, please."]
        await phone.quiet(22)
        assert phone.said[-1] == "Sorry, could you say that again?"
        await phone.spoken_out()
        assert phone.state() is CallState.LISTENING


@virtually
async def test_a_trial_that_waits_in_a_full_queue_is_overtaken() -> None:
    async with calling() as phone:
        phone.transcriber.slow = 2.0
        started = phone.begin()
        await phone.pause("Hello there")
        await phone.stop("Hello there", started=started, ms=800)
        await phone.quiet(1.9)
        assert phone.transcriber.asked == [("Hello there", False), ("Hello there", True)]
        assert phone.desk.texts == ["Hello there"]


@virtually
async def test_a_sentence_that_fails_is_tried_again() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.speaker.failures = [SpeakerFailed("died")]
        phone.desk.answer_with(REPLY)
        await phone.spoken_out()
        assert phone.said == ["Your order has been shipped.", "It arrives on Monday at your door."]


@virtually
async def test_one_sentence_is_skipped_but_two_end_the_call() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.speaker.failures = [SpeakerFailed("died")] * 2
        phone.desk.answer_with(REPLY)
        await phone.spoken_out()
        assert phone.said == ["It arrives on Monday at your door."]
        phone.speaker.failures = [SpeakerFailed("died")] * 4
        await phone.say("Say that again please")
        phone.desk.answer_with("Gladly. It has been shipped on Friday.")
        await phone.quiet(5)
        assert phone.state() is CallState.ENDED
    assert phone.wire.closed[0][0] == 1011
    assert phone.summaries[0].ended_by == "broken"


@virtually
async def test_a_speaker_that_hangs_does_not_leave_the_caller_in_silence_for_ever() -> None:
    async with calling() as phone:
        phone.speaker.stuck = True
        await phone.say("Where is it?")
        phone.desk.answer_with(REPLY)
        await phone.quiet(60)
        assert phone.state() is CallState.ENDED
    assert phone.summaries[0].ended_by == "broken"


@virtually
async def test_a_socket_that_stops_reading_ends_the_call_and_holds_little() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.wire.blocked = True
        phone.desk.answer_with(REPLY * 10)
        await phone.quiet(15)
        assert phone.state() is CallState.ENDED
    assert phone.summaries[0].ended_by == "wire"


@virtually
async def test_a_wire_that_is_gone_ends_the_call() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.wire.gone = True
        phone.desk.answer_with(REPLY)
        await phone.quiet(1)
        assert phone.state() is CallState.ENDED


@virtually
async def test_the_store_may_be_away_for_a_moment() -> None:
    async with calling() as phone:
        phone.desk.away = [StoreAway("away"), StoreAway("away")]
        await phone.say("Where is it?")
        await phone.quiet(3)
        assert phone.said == ["One moment, please."]
        assert phone.desk.texts == ["Where is it?"]
        assert phone.desk.inbound[0].key == "call:1"


@virtually
async def test_a_store_that_stays_away_is_admitted() -> None:
    async with calling() as phone:
        phone.desk.away = [StoreAway("away")] * 5
        await phone.say("Where is it?")
        await phone.quiet(10)
        assert phone.said[-1].startswith("I am sorry, I can't take that in right now.")


@virtually
async def test_problems_with_the_line_are_said_once() -> None:
    async with calling() as phone:
        for kind in ("too_quiet", "clipped", "wrong_rate", "too_quiet"):
            phone.audio_input.events.append(LineProblem(at_ms=0, kind=kind))
            phone.frame()
            await phone.spoken_out()
        assert len(phone.said) == 3
        assert [event["code"] for event in phone.wire.told("error")] == ["too_quiet", "clipped", "wrong_rate"]


@virtually
async def test_a_correction_after_release_is_spoken_and_nothing_twice() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        turn = new_id()
        phone.desk.delta(turn, "Your parcel arrives on Monday. ")
        await phone.quiet(0.3)
        phone.desk.end(turn, "I was wrong: it arrives on Tuesday.")
        await phone.spoken_out()
        assert phone.said == ["Your parcel arrives on Monday.", "I was wrong: it arrives on Tuesday."]
        post = phone.desk.post(phone.desk.conversation, author="system", text="A colleague has approved it.")
        assert post.turn is None
        await phone.spoken_out()
        assert phone.said[2:] == ["A colleague has approved it."]


@virtually
async def test_an_interim_remark_is_said_before_the_tool_and_the_rest_after() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        turn = new_id()
        phone.desk.delta(turn, "Let me look that up")
        phone.desk.action(turn)
        await phone.quiet(3)
        phone.desk.delta(turn, "\n\nIt was shipped ")
        phone.desk.delta(turn, "on Friday.")
        phone.desk.end(turn, "It was shipped on Friday.")
        await phone.spoken_out()
        assert phone.said == ["Let me look that up", "It was shipped on Friday."]


@virtually
async def test_hanging_up_in_each_state_leaves_the_conversation_clean() -> None:
    async with calling(first_words=None) as phone:  # greeting
        phone.call.hung_up()
        await phone.quiet(1)
    assert phone.desk.interrupted == []
    async with calling() as phone:  # listening
        phone.call.hung_up()
        await phone.quiet(1)
    async with calling() as phone:  # in the middle of a word
        phone.begin()
        await phone.pause("Where is")
        phone.call.hung_up()
    assert phone.desk.texts == []
    async with calling() as phone:  # thinking: what runs goes on
        await phone.say("Cancel my callback please")
        phone.desk.action(new_id())
        await phone.quiet(0.1)
        phone.call.hung_up()
    assert phone.desk.interrupted == []
    async with calling() as phone:  # in the middle of a sentence
        await phone.say("Where is it?")
        turn = phone.desk.answer_with(REPLY)
        await phone.quiet(1)
        phone.call.hung_up()
    [(stopped, heard)] = phone.desk.interrupted
    assert stopped == turn
    assert REPLY.startswith(heard)
    assert phone.wire.closed == [(1000, "the call is over")]


@virtually
async def test_what_was_said_last_is_taken_in_after_the_hang_up() -> None:
    async with calling() as phone:
        phone.transcriber.slow = 1.0
        started = phone.begin()
        await phone.sustain(600)
        await phone.stop("And please cancel it, goodbye.", started=started, ms=600)
        phone.call.hung_up()
        await phone.quiet(2)
        assert phone.desk.texts == ["And please cancel it, goodbye."]
        assert phone.said == []


@virtually
async def test_what_was_said_just_before_the_hang_up_is_taken_in() -> None:
    async with calling() as phone:
        started = phone.begin()
        await phone.sustain(600)
        await phone.pause("And please cancel it, goodbye.")
        phone.audio_input.events.append(spoken("And please cancel it, goodbye.", started=started))
        phone.call.hung_up()
        await phone.quiet(2)
        assert phone.desk.texts == ["And please cancel it, goodbye."]
    async with calling() as phone:  # half a word is no message
        started = phone.begin()
        await phone.sustain(600)
        phone.audio_input.events.append(spoken("And please canc", started=started))
        phone.call.hung_up()
        await phone.quiet(2)
        assert phone.desk.texts == []


@virtually
async def test_a_reply_heard_to_its_end_counts_as_read_at_once_after_the_hang_up() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with("On its way.")
        while not phone.said or phone.state() is CallState.SPEAKING:
            await phone.quiet(0.01)
        assert phone.desk.reads == []
        phone.call.hung_up()
        await phone.quiet(1)
        assert phone.desk.reads == [(phone.desk.conversation.id, 2)]
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with(REPLY)
        await phone.quiet(1)
        phone.call.hung_up()
        await phone.quiet(1)
        assert phone.desk.reads == []


@virtually
async def test_a_defect_of_ours_ends_the_call_with_a_word() -> None:
    class Broken(CallDesk):
        async def accept(self, inbound: Inbound) -> Accepted:
            raise RuntimeError("a defect")

    async with calling(desk=Broken()) as phone:
        await phone.say("Where is it?")
        await phone.quiet(10)
        [last] = phone.said
        assert last.startswith("I am sorry, something went wrong on our side")
        assert phone.state() is CallState.ENDED
    assert phone.summaries[0].ended_by == "broken"
    assert phone.wire.closed[0][0] == 1000  # the caller was told already


@virtually
async def test_a_restart_is_said_over_whatever_is_being_said_and_takes_seconds() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with(REPLY * 5)
        await phone.quiet(1)
        began = now()
        phone.call.part("restarting")
        phone.call.part("restarting")
        while phone.state() is not CallState.ENDED:
            await phone.quiet(0.1)
        assert now() - began < 8.5
        assert phone.said[-1].startswith("Our system restarts now")
        assert phone.said.count(phone.said[-1]) == 1
    assert phone.wire.closed == [(1012, "restarting: The server restarts, please call again in a moment.")]
    async with calling() as phone:  # a speaker that hangs holds no restart up
        phone.speaker.stuck = True
        phone.call.part("restarting")
        await phone.quiet(9)
        assert phone.state() is CallState.ENDED


@virtually
async def test_hanging_up_waits_for_nothing_that_hangs() -> None:
    async with calling() as phone:
        phone.transcriber.slow = 1e6
        started = phone.begin()
        await phone.stop("Hello", started=started, ms=600)
        began = now()
        phone.call.hung_up()
        await phone.quiet(6)
        assert len(phone.wire.closed) == 1
        assert now() - began < 7


@virtually
async def test_a_hang_up_before_the_session_is_open() -> None:
    phone = Phone()
    phone.call.audio(b"")
    phone.call.hung_up()
    async with asyncio.timeout(5):
        await phone.call.run()
    assert phone.state() is CallState.ENDED
    assert phone.desk.listening == 0


@virtually
async def test_a_session_that_is_refused_is_the_transports_to_tell() -> None:
    for opening, error in (
        ({"token": "unknown"}, SessionUnknown),
        ({"identity": "forged"}, IdentityRejected),
    ):
        phone = Phone(opened=opening)
        with pytest.raises(error):
            await phone.call.run()
        assert phone.state() is CallState.ENDED


@virtually
async def test_a_restart_closes_with_its_code_and_a_cancelled_call_is_clean() -> None:
    async with calling() as phone:
        phone.call.end("restarting")
        await phone.quiet(1)
    assert phone.wire.closed[0][0] == 1012
    phone = Phone()
    running = asyncio.create_task(phone.call.run())
    await phone.quiet(0.1)
    await phone.say("Where is it?")
    phone.desk.answer_with(REPLY)
    await phone.quiet(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert phone.state() is CallState.ENDED
    assert phone.desk.listening == 0
    assert len(phone.desk.interrupted) == 1


@virtually
async def test_a_recording_is_kept_only_by_policy_and_never_costs_the_call() -> None:
    kept: list[bytes] = []

    async def keep(audio: bytes, rate: int) -> str:
        kept.append(audio)
        return hashlib.sha256(audio).hexdigest()

    async with calling(more={"keep_audio": keep}) as phone:
        await phone.say("Where is it?")
    [inbound] = phone.desk.inbound
    assert inbound.spoken is not None
    assert inbound.spoken.audio == hashlib.sha256(kept[0]).hexdigest()

    async def broken(audio: bytes, rate: int) -> Any:
        raise OSError("disk full")

    async with calling(more={"keep_audio": broken}) as phone:
        await phone.say("Where is it?")
        assert phone.desk.texts == ["Where is it?"]


@virtually
async def test_durations_are_observed() -> None:
    async with calling() as phone:
        await phone.say("Where is it?")
        phone.desk.answer_with("On its way.")
        await phone.quiet(1)
    assert [name for name, _ in phone.observed] == ["transcribe", "speak", "answer"]
    assert all(0 <= seconds < 1 for _, seconds in phone.observed)


@virtually
async def test_a_call_ends_where_its_session_was_signed_out() -> None:
    async with calling() as phone:
        await phone.spoken_out()
        [session] = phone.desk.sessions.values()
        await phone.desk.sign_out(session)
        await phone.quiet(1)
        assert phone.state() is CallState.ENDED
    assert phone.wire.closed == [(4401, "unknown_session: This session has ended.")]


@virtually
async def test_a_caller_whose_code_was_right_gets_the_new_token() -> None:
    class Renewing(CallDesk):
        async def current_session(
            self, session: VisitorSession, *, sent: Collection[str] = ()
        ) -> VisitorSession | None:
            return replace(session, token="renewed") if self.inbound[0].key in sent else None

    desk = Renewing()
    async with calling(desk=desk) as phone:
        await phone.say("My code is 4 8 2 9 1 3")
        await phone.quiet(2)
        desk.publish(desk.conversation, SessionChanged())
        await phone.quiet(1)
        assert {"type": "token", "token": "renewed"} in [what for _, _, what in phone.wire.sent]
