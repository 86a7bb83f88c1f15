"""Bot and human never both speak: operators against each other, and against a turn that ends."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.errors import LeaseLost
from orchestrator.handover.ownership import Conflict, HeldConversation
from tests.integration.operators.office import Office


async def test_of_two_operators_who_take_at_once_one_has_it(office: Office) -> None:
    session = await office.begin()
    await office.handed_off(session)
    results = await asyncio.gather(
        *(office.operators.take(session.conversation_id, name) for name in ("Ann", "Ben", "Cem")),
        return_exceptions=True,
    )
    [winner] = [result for result in results if isinstance(result, HeldConversation)]
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert (await office.row(session.conversation_id))["operator"] == winner.operator


async def test_the_same_reply_sent_at_once_is_posted_once(office: Office) -> None:
    session = await office.begin()
    replies = await asyncio.gather(
        *(office.operators.reply(session.conversation_id, "Ann", "Once.", "k") for _ in range(5))
    )
    assert len({reply.message_id for reply in replies}) == 1
    assert await office.said(session.conversation_id) == [("operator", "Once.")]


async def test_the_same_id_at_once_in_two_conversations_is_posted_in_one(office: Office) -> None:
    sessions = [await office.begin() for _ in range(4)]
    results = await asyncio.gather(
        *(office.operators.reply(each.conversation_id, "Ann", "Once.", "k") for each in sessions),
        return_exceptions=True,
    )
    assert sum(isinstance(result, HeldConversation) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3


async def test_a_turn_that_ends_after_a_humans_reply_says_nothing(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    await office.operators.reply(session.conversation_id, "Ann", "From a human.")
    with pytest.raises(LeaseLost):
        await office.end(claim)
    assert await office.said(session.conversation_id) == [("customer", "Hi"), ("operator", "From a human.")]


async def test_a_turn_that_waits_for_the_humans_reply_to_be_written_says_nothing(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    _, error = await office.in_order(
        session.conversation_id,
        lambda: office.operators.reply(session.conversation_id, "Ann", "From a human."),
        lambda: office.end(claim),
    )
    assert isinstance(error, LeaseLost)
    assert await office.said(session.conversation_id) == [("customer", "Hi"), ("operator", "From a human.")]


async def test_a_turn_that_ends_just_before_the_human_stands_and_the_reply_follows(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    ended, held = await office.in_order(
        session.conversation_id,
        lambda: office.end(claim),
        lambda: office.operators.reply(session.conversation_id, "Ann", "From a human."),
    )
    assert (ended.outcome, held.message_seq) == ("answered", 4)
    assert [author for author, _ in await office.said(session.conversation_id)] == [
        "customer",
        "assistant",
        "operator",
    ]


async def test_a_turn_from_before_a_human_came_and_went_says_nothing(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    await office.operators.reply(session.conversation_id, "Ann", "From a human.")
    await office.operators.release(session.conversation_id, "Ann")
    [error] = await asyncio.gather(office.end(claim), return_exceptions=True)
    assert isinstance(error, LeaseLost)
    assert await office.said(session.conversation_id) == [("customer", "Hi"), ("operator", "From a human.")]
    assert await office.due(session.conversation_id) == 0


async def test_a_turn_from_before_the_human_says_nothing_after_the_release(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    await office.operators.reply(session.conversation_id, "Ann", "From a human.")
    await office.operators.release(session.conversation_id, "Ann")
    with pytest.raises(LeaseLost):
        await office.end(claim)
    assert await office.said(session.conversation_id) == [("customer", "Hi"), ("operator", "From a human.")]


async def test_a_turn_that_waits_for_the_close_to_be_written_says_nothing(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    claim = await office.claim()
    _, error = await office.in_order(
        session.conversation_id,
        lambda: office.operators.close(session.conversation_id, "Ann"),
        lambda: office.end(claim),
    )
    assert isinstance(error, LeaseLost)
    assert await office.said(session.conversation_id) == [("customer", "Hi")]


async def test_after_a_take_and_release_a_fresh_turn_answers_what_the_old_one_did_not(office: Office) -> None:
    session = await office.begin()
    await office.write(session, "Hi")
    await office.claim()
    await office.operators.take(session.conversation_id, "Ann")
    await office.operators.release(session.conversation_id, "Ann")
    ended = await office.end(await office.claim())
    assert ended.outcome == "answered"
    assert await office.said(session.conversation_id) == [("customer", "Hi"), ("assistant", "From the bot.")]


async def test_a_message_that_comes_while_a_human_takes_over_waits_for_the_human(office: Office) -> None:
    session = await office.begin()
    await office.in_order(
        session.conversation_id,
        lambda: office.operators.take(session.conversation_id, "Ann"),
        lambda: office.write(session, "Hi"),
    )
    assert await office.due(session.conversation_id) == 0
    assert (await office.row(session.conversation_id))["last_seq"] == 2


async def test_a_message_that_comes_while_a_human_releases_is_answered_by_the_bot(office: Office) -> None:
    session = await office.begin()
    await office.operators.take(session.conversation_id, "Ann")
    for first_release in (True, False):
        works = [
            lambda: office.operators.release(session.conversation_id, "Ann"),
            lambda: office.write(session, "Hi"),
        ]
        await office.in_order(session.conversation_id, *(works if first_release else reversed(works)))
        assert await office.due(session.conversation_id) == 1
        await office.end(await office.claim())
        await office.operators.take(session.conversation_id, "Ann")
