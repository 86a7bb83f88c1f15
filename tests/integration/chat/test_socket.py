"""The web chat socket: order, acks, events, resume."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from channels.chat.settings import ChatSettings
from orchestrator.conversation.event_bus import EventBus, Lagged, Posted, StatusChanged, Typing
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from tests.support.chat_server import serve
from tests.support.fake_desk import Conversation, FakeDesk, echo


async def test_greets_acks_and_answers() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.greeted()
        assert socket.welcome["model"] == "sandbox"
        sent = await socket.say("hello there")
        frames = [await socket.next() for _ in range(8)]
        kinds = [frame["type"] for frame in frames]
        assert kinds.count("ack") == 1
        assert kinds.count("delta") == 4
        [ack] = [frame for frame in frames if frame["type"] == "ack"]
        assert ack == {"type": "ack", "id": sent, "seq": 1}
        [message] = [frame for frame in frames if frame["type"] == "message"]
        assert message["text"] == "You said: hello there"
        assert (message["author"], message["seq"]) == ("assistant", 2)
        deltas = [frame for frame in frames if frame["type"] == "delta"]
        assert "".join(delta["text"] for delta in deltas) == message["text"]
        assert {delta["turn"] for delta in deltas} == {message["turn"]}
        assert [frame["on"] for frame in frames if frame["type"] == "typing"] == [True, False]


async def test_citations_and_status_are_told() -> None:
    desk = FakeDesk()
    desk.citations = ({"id": "returns#how-long", "title": "Returns"},)
    async with serve(desk) as server:
        socket = await server.greeted()
        await socket.say("returns?")
        message = await socket.until("message")
        assert message["citations"] == [{"id": "returns#how-long", "title": "Returns"}]
        desk.set_status(desk.only_conversation(), "human")
        status = await socket.until("status")
        assert status == {"type": "status", "seq": 3, "status": "human"}


async def test_same_id_twice_is_one_message_with_the_same_ack() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        first = await socket.say("only once")
        again = await socket.say("only once", first)
        acks = [await socket.next(), await socket.next()]
        assert first == again
        assert acks[0] == acks[1] == {"type": "ack", "id": first, "seq": 1}
        assert len(desk.inbound) == 1


async def test_same_id_in_other_letters_is_the_same_message() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        sent = await socket.say("only once")
        await socket.say("only once", sent.upper())
        assert [(await socket.next())["id"], (await socket.next())["id"]] == [sent, sent.upper()]
        assert len(desk.inbound) == 1


async def test_same_id_of_two_sessions_are_two_messages() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        shared = str(uuid4())
        for _ in range(2):
            socket = await server.greeted()
            await socket.say("mine", shared)
            await socket.until("ack")
        assert len(desk.inbound) == 2


async def test_resume_replays_only_what_was_missed() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        socket = await server.greeted()
        await socket.say("one")
        await socket.until("message")
        await socket.say("two")
        seen = await socket.until("message")
        await socket.close()
        conversation = desk.only_conversation()
        missed = desk.post(conversation, author="operator", text="are you there?")
        desk.set_status(conversation, "human")
        again = await server.greeted(token=socket.welcome["token"], after=seen["seq"])
        assert again.welcome["conversation"] == socket.welcome["conversation"]
        assert again.welcome["token"] == socket.welcome["token"]
        assert (await again.next())["seq"] == missed.seq
        assert (await again.next())["seq"] == missed.seq + 1


async def test_history_brings_the_customers_own_messages_back() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        socket = await server.greeted()
        sent = await socket.say("mine")
        await socket.until("message")
        again = await server.greeted(token=socket.welcome["token"], after=0, history=True)
        own, reply = await again.next(), await again.next()
        assert (own["author"], own["id"], own["seq"], own["text"]) == ("customer", sent, 1, "mine")
        assert reply["author"] == "assistant"


async def test_a_second_tab_hears_what_the_first_one_writes() -> None:
    async with serve(FakeDesk(answer=None)) as server:
        first = await server.greeted()
        second = await server.greeted(token=first.welcome["token"], history=True)
        sent = await first.say("from the first tab")
        assert (await second.until("message"))["id"] == sent


@pytest.mark.parametrize("live", [True, False])
async def test_no_gap_and_no_repeat_between_replay_and_live(live: bool) -> None:
    desk = FakeDesk(answer=None, live=live)
    async with serve(desk) as server:
        socket = await server.greeted()
        token = socket.welcome["token"]
        conversation = desk.only_conversation()

        async def write() -> None:
            for number in range(200):
                desk.post(conversation, author="operator", text=str(number))
                await asyncio.sleep(0)

        writing = asyncio.create_task(write())
        await asyncio.sleep(0.005)
        late = await server.greeted(token=token)
        texts = [(await late.until("message"))["text"] for _ in range(200)]
        await writing
        assert texts == [str(number) for number in range(200)]


async def test_a_reader_that_lagged_reads_the_timeline_again() -> None:
    desk = FakeDesk(answer=None, live=True)
    async with serve(desk) as server:
        socket = await server.greeted()
        conversation = desk.only_conversation()
        for number in range(1_000):
            desk.post(conversation, author="operator", text=str(number))
        seqs = [(await socket.until("message"))["seq"] for _ in range(1_000)]
        assert seqs == list(range(1, 1_001))


async def test_events_that_overtook_each_other_come_out_in_order() -> None:
    desk = FakeDesk(answer=None, live=True)
    async with serve(desk) as server:
        socket = await server.greeted()
        conversation = desk.only_conversation()
        bus, desk._bus = desk._bus, EventBus()
        first = desk.post(conversation, author="operator", text="first")
        second = desk.post(conversation, author="operator", text="second")
        desk._bus = bus
        desk.publish(conversation, second)
        desk.publish(conversation, first)
        desk.publish(conversation, Typing(on=True))
        frames = [await socket.next() for _ in range(3)]
        assert [frame.get("text") for frame in frames] == ["first", "second", None]


async def test_after_beyond_the_end_does_not_hide_what_comes() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        again = await server.greeted(token=socket.welcome["token"], after=10**12)
        desk.post(desk.only_conversation(), author="operator", text="news")
        assert (await again.until("message"))["text"] == "news"


async def test_signing_in_replaces_the_token_and_goes_on_where_the_conversation_was() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        anonymous = await server.greeted()
        await anonymous.say("hi")
        seq = (await anonymous.until("message"))["seq"]
        ada = await server.greeted(token=anonymous.welcome["token"], identity="jwt-ada", after=seq)
        assert ada.welcome["token"] != anonymous.welcome["token"]
        await ada.say("hi")
        assert (await ada.until("message"))["seq"] == 4
        assert (await anonymous.closed())[0] == 4401


async def test_ping_is_answered_typing_and_read_are_taken() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.greeted()
        await socket.send({"type": "typing"})
        await socket.send({"type": "read", "seq": 0})
        await socket.send({"type": "ping"})
        assert await socket.next() == {"type": "pong"}


async def test_unknown_fields_are_let_be() -> None:
    async with serve(FakeDesk(answer=None)) as server:
        socket = await server.greeted(colour="blue")
        await socket.say("hi", mood="fine")
        assert (await socket.next())["type"] == "ack"


async def test_store_away_says_when_to_come_back_and_the_same_id_goes_through_later() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        desk.failure = StoreAway("The database is away.", retry_after=2.0)
        sent = await socket.say("keep me")
        error = await socket.next()
        assert (error["code"], error["retry_after"], error["id"]) == ("store_unavailable", 2.0, sent)
        desk.failure = None
        await socket.say("keep me", sent)
        assert await socket.next() == {"type": "ack", "id": sent, "seq": 1}
        assert len(desk.inbound) == 1


async def test_store_away_at_hello_says_when_to_come_back() -> None:
    desk = FakeDesk()
    desk.failure = StoreAway("The database is away.", retry_after=2.0)
    async with serve(desk) as server:
        socket = await server.socket()
        await socket.send({"type": "hello", "token": None, "identity": None, "after": 0})
        error = await socket.next()
        assert (error["type"], error["code"], error["retry_after"]) == ("error", "store_unavailable", 2.0)
        assert (await socket.closed())[0] == 1013


async def test_store_away_while_reading_on_is_waited_out_on_the_same_socket() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        conversation = desk.only_conversation()
        asked = desk.timeline
        away = True

        async def timeline(*args: Any, **kwargs: Any) -> Any:
            nonlocal away
            if away:
                away = False
                raise StoreAway("The database is away.", retry_after=0.01)
            return await asked(*args, **kwargs)

        desk.timeline = timeline  # type: ignore[method-assign]  # away for one question
        conversation.timeline.append(StatusChanged(seq=1, status="human"))
        desk.publish(conversation, Lagged())
        assert await socket.next() == {"type": "status", "seq": 1, "status": "human"}
        assert not away


async def test_attachments_must_be_the_sessions_own() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        mine = next(iter(desk.sessions.values())).id
        own = await desk.keep_file(session_id=mine, name="a.png", media_type="image/png", data=b"x")
        foreign = await desk.keep_file(session_id=new_id(), name="b.png", media_type="image/png", data=b"x")
        await socket.say("look", attachments=[{"id": str(own)}])
        assert (await socket.next())["type"] == "ack"
        await socket.say("look", attachments=[{"id": str(foreign)}])
        assert (await socket.next())["code"] == "file_unknown"
        assert [inbound.attachments for inbound in desk.inbound] == [(own,)]


async def test_stop_closes_every_socket_with_1012_and_new_ones_too() -> None:
    async with serve(FakeDesk(answer=None)) as server:
        sockets = [await server.greeted() for _ in range(5)]
        silent = await server.socket()
        server.channel.drain()
        await sockets[0].say("still taken")
        assert (await sockets[0].next())["type"] == "ack"
        refused = await server.socket()
        assert (await refused.closed())[0] == 1012
        await server.channel.stop()
        for socket in (*sockets, silent):
            code, reason = await socket.closed()
            assert code == 1012
            assert reason.startswith("restarting")
        assert server.channel.open_sockets == 0


async def test_many_talk_at_once_and_each_gets_its_own_answer_once() -> None:
    desk = FakeDesk(answer=echo)
    async with serve(desk, ChatSettings()) as server:

        async def talk(number: int) -> None:
            socket = await server.greeted()
            for turn in range(5):
                await socket.say(f"{number}/{turn}")
                assert (await socket.until("message"))["text"] == f"You said: {number}/{turn}"

        await asyncio.gather(*(talk(number) for number in range(40)))
        assert len(desk.inbound) == 200


async def test_signing_out_moves_the_socket_to_a_new_session_and_closes_the_others() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.greeted()
        await socket.say("Where is my order?")
        await socket.until("message")
        other = await server.greeted(token=socket.welcome["token"])
        await socket.send({"type": "sign_out"})
        fresh = await socket.until("welcome")
        assert fresh["token"] != socket.welcome["token"]
        assert fresh["conversation"] != socket.welcome["conversation"]
        assert (await other.until("signed_out"))["type"] == "signed_out"
        assert (await other.closed())[0] == 4401
        late = await server.socket()
        await late.send({"type": "hello", "token": socket.welcome["token"], "identity": None, "after": 0})
        assert (await late.closed())[0] == 4401
        await socket.say("Hello again")
        assert (await socket.until("ack"))["seq"] == 1


async def test_an_answer_behind_ones_own_words_is_shown_without_reading_the_timeline_again() -> None:
    class Quiet(FakeDesk):
        """Publishes what is said to the customer, as the real desk does; counts who reads the timeline."""

        looks = 0

        def _store(self, conversation: Conversation, event: Posted | StatusChanged) -> None:
            if isinstance(event, Posted) and event.author == "customer":
                conversation.timeline.append(event)
            else:
                super()._store(conversation, event)

        async def timeline(self, *args: Any, **more: Any) -> list[Posted | StatusChanged]:
            self.looks += 1
            return await super().timeline(*args, **more)

    desk = Quiet(live=True)
    async with serve(desk) as server:
        socket = await server.greeted()
        await socket.say("hello")
        await socket.until("message")
        assert desk.looks == 1  # what it missed before it came
        await socket.say("hello again")
        assert (await socket.until("message"))["text"] == "You said: hello again"
        assert desk.looks == 1
