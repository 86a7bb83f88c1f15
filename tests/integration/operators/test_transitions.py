"""Take, reply, release, close: what each does, and what it refuses."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from orchestrator.conversation.event_bus import Lagged
from orchestrator.errors import MessageInvalid
from orchestrator.handover.ownership import Conflict, ConversationUnknown, Grip
from orchestrator.memory.recall import recall_conversation
from tests.integration.operators.office import Office


async def test_a_handed_off_conversation_is_taken_answered_and_given_back(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    held = await office.operators.take(session.conversation_id, "Ann")
    assert (held.owner, held.operator, held.status) == ("operator", "Ann", "human")
    await office.operators.reply(session.conversation_id, "Ann", "Good morning, this is Ann.")
    held = await office.operators.release(session.conversation_id, "Ann")
    assert (held.owner, held.operator, held.status) == ("bot", None, "open")
    assert (await office.said(session.conversation_id))[-1] == ("operator", "Good morning, this is Ann.")
    # Told again as Ann takes it: until then the assistant went on.
    assert await office.statuses(session.conversation_id) == ["human", "human", "open"]
    row = await office.row(session.conversation_id)
    assert row["last_seq"] == held.seq == 6


async def test_taking_from_the_bot_ends_its_waiting_turn_and_marks_the_conversation(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Where is my parcel?")
    await office.operators.take(session.conversation_id, "Ann")
    assert await office.due(session.conversation_id) == 0
    assert await office.statuses(session.conversation_id) == ["human"]
    await office.write(session, "Hello?")
    assert await office.due(session.conversation_id) == 0
    await office.operators.release(session.conversation_id, "Ann")
    recalled = await recall_conversation(office.database, (await office.turns.claim(1, 1))[0].lease)
    assert recalled.handed_back
    assert [message.text for message in recalled.fresh] == ["Where is my parcel?", "Hello?"]


async def test_taking_twice_changes_nothing_the_second_time(office: Office) -> None:
    session = await office.begin()
    first = await office.operators.take(session.conversation_id, "Ann")
    again = await office.operators.take(session.conversation_id, " Ann ")
    assert (first.changed, again.changed) == (True, False)
    assert first.seq == again.seq == 1


async def test_another_operators_conversation_can_not_be_taken(office: Office) -> None:
    session = await office.begin()
    await office.operators.take(session.conversation_id, "Ann")
    with pytest.raises(Conflict):
        await office.operators.take(session.conversation_id, "Ben")
    assert (await office.row(session.conversation_id))["operator"] == "Ann"


async def test_whoever_has_it_keeps_it_unless_it_is_taken_over(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    await office.operators.reply(session.conversation_id, "Ann", "Hello.")
    before = await office.row(session.conversation_id)
    for step in (
        office.operators.take(session.conversation_id, "Ben"),
        office.operators.reply(session.conversation_id, "Ben", "I'll go on from here."),
        office.operators.release(session.conversation_id, "Ben"),
        office.operators.close(session.conversation_id, "Ben"),
    ):
        with pytest.raises(Conflict, match="Ann has this conversation"):
            await step
    assert await office.row(session.conversation_id) == before
    over = Grip(force=True)
    held = await office.operators.reply(session.conversation_id, "Ben", "I'll go on from here.", grip=over)
    assert (held.operator, held.message_seq) == ("Ben", 4)
    assert await office.statuses(session.conversation_id) == ["human"]


async def test_a_step_on_what_was_read_fails_once_it_has_gone_on(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    taken = await office.operators.take(session.conversation_id, "Ann", Grip(if_seq=1))
    await office.write(session, "Never mind, it is settled.")
    for step in (office.operators.release, office.operators.close):
        with pytest.raises(Conflict, match="gone on to place 3"):
            await step(session.conversation_id, "Ann", Grip(if_seq=taken.seq))
    with pytest.raises(Conflict, match="gone on to place 3"):
        await office.operators.reply(session.conversation_id, "Ann", "A.", "k", grip=Grip(if_seq=taken.seq))
    first = await office.operators.reply(session.conversation_id, "Ann", "A.", "k", grip=Grip(if_seq=3))
    again = await office.operators.reply(session.conversation_id, "Ann", "A.", "k", grip=Grip(if_seq=3))
    assert (first.changed, again.changed) == (True, False)


async def test_a_repeated_reply_is_posted_once_even_after_a_release(office: Office) -> None:
    session = await office.begin()
    key = str(uuid4())
    first = await office.operators.reply(session.conversation_id, "Ann", "Done.", key)
    await office.operators.release(session.conversation_id, "Ann")
    again = await office.operators.reply(session.conversation_id, "Ann", "Done.", key)
    assert (again.message_id, again.changed, again.owner) == (first.message_id, False, "bot")
    assert await office.said(session.conversation_id) == [("operator", "Done.")]


async def test_a_key_of_another_conversation_is_refused(office: Office) -> None:
    first, second = await office.begin(), await office.begin()
    await office.operators.reply(first.conversation_id, "Ann", "One.", "k")
    with pytest.raises(Conflict):
        await office.operators.reply(second.conversation_id, "Ann", "Two.", "k")
    assert await office.said(second.conversation_id) == []
    assert (await office.row(second.conversation_id))["owner"] == "bot"


async def test_replies_are_delivered_where_the_channel_sends(office: Office) -> None:
    chat, post = await office.begin(), await office.begin(channel="post")
    await office.operators.reply(chat.conversation_id, "Ann", "Read me.")
    held = await office.operators.reply(post.conversation_id, "Ann", "Send me.")
    rows = await office.database.fetch("SELECT message_id, channel, state FROM deliveries")
    assert [tuple(row) for row in rows] == [(held.message_id, "post", "queued")]
    assert "deliveries" in office.woken


async def test_release_lets_the_bot_answer_what_nobody_answered(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    await office.write(session, "Are you there?")
    await office.operators.release(session.conversation_id, "Ann")
    assert await office.due(session.conversation_id) == 1
    assert "turns" in office.woken
    open_handoffs = await office.database.fetchval("SELECT count(*) FROM handoffs WHERE ended_at IS NULL")
    assert open_handoffs == 0


async def test_release_after_an_operators_reply_wakes_no_bot_but_it_reads_on_later(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    await office.write(session, "Are you there?")
    await office.operators.reply(session.conversation_id, "Ann", "Yes, all is settled.")
    await office.operators.release(session.conversation_id, "Ann")
    assert await office.due(session.conversation_id) == 0
    await office.write(session, "Thanks! And my other order?")
    claim = (await office.turns.claim(1, 1))[0]
    fresh = (await recall_conversation(office.database, claim.lease)).fresh
    assert [(message.author, message.text) for message in fresh] == [
        ("customer", "Are you there?"),
        ("operator", "Yes, all is settled."),
        ("customer", "Thanks! And my other order?"),
    ]


async def test_release_with_everything_answered_wakes_no_bot(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    await office.operators.release(session.conversation_id, "Ann")
    assert await office.due(session.conversation_id) == 0


async def test_what_the_bot_has_can_not_be_released(office: Office) -> None:
    session = await office.begin()
    with pytest.raises(Conflict):
        await office.operators.release(session.conversation_id, "Ann")


async def test_close_ends_what_waits_and_the_next_message_begins_anew(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    held = await office.operators.close(session.conversation_id, "Ann")
    assert (held.status, held.owner, held.operator) == ("closed", "bot", None)
    assert await office.database.fetchval("SELECT count(*) FROM handoffs WHERE ended_at IS NULL") == 0
    with pytest.raises(Conflict):
        await office.operators.close(session.conversation_id, "Ann")
    with pytest.raises(Conflict):
        await office.operators.reply(session.conversation_id, "Ann", "One more thing.")
    accepted = await office.write(session, "Me again.")
    assert accepted.status == "closed"
    await office.conversations.reopen(session.conversation_id)
    assert await office.due(session.conversation_id) == 1


async def test_close_drops_a_waiting_turn(office: Office) -> None:
    session = await office.begin()
    accepted = await office.write(session, "Never mind.")
    await office.operators.close(session.conversation_id, "Ann")
    assert await office.due(session.conversation_id) == 0
    ended = await office.turns.ended(session.conversation_id, accepted.seq)
    assert ended is not None
    assert ended[1] == "superseded"


async def test_a_closed_conversation_can_be_taken_up_again(office: Office) -> None:
    session = await office.begin()
    await office.operators.close(session.conversation_id, "Ann")
    await office.operators.take(session.conversation_id, "Ann")
    await office.operators.reply(session.conversation_id, "Ann", "We found your parcel.")
    assert await office.statuses(session.conversation_id) == ["closed", "human"]


@pytest.mark.parametrize("step", ["take", "release", "close"])
async def test_an_unknown_conversation_is_told(office: Office, step: str) -> None:
    with pytest.raises(ConversationUnknown):
        await getattr(office.operators, step)(uuid4(), "Ann")
    with pytest.raises(ConversationUnknown):
        await office.operators.reply(uuid4(), "Ann", "Hello?")


@pytest.mark.parametrize("text", ["", " \n", "a\0b", "\ud800", "x" * 100_001])
async def test_what_is_no_text_is_refused_before_anything_changes(office: Office, text: str) -> None:
    session = await office.begin()
    with pytest.raises(MessageInvalid):
        await office.operators.reply(session.conversation_id, "Ann", text)
    assert (await office.row(session.conversation_id))["owner"] == "bot"


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, "\x1b[2J"])
async def test_what_is_no_name_is_refused(office: Office, name: str) -> None:
    session = await office.begin()
    with pytest.raises(MessageInvalid):
        await office.operators.take(session.conversation_id, name)


async def test_listeners_here_and_elsewhere_are_told(office: Office, database_url: str) -> None:
    elsewhere = Office(office.database)
    session = await office.begin()
    await office.replica.start()
    await elsewhere.replica.start()
    try:
        with (
            office.bus.listen(session.conversation_id) as here,
            elsewhere.bus.listen(session.conversation_id) as there,
        ):
            await office.operators.reply(session.conversation_id, "Ann", "Hello.")
            async with asyncio.timeout(10):
                assert await anext(here) == Lagged()
                assert await anext(there) == Lagged()
    finally:
        await office.replica.stop()
        await elsewhere.replica.stop()
