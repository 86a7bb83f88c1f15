"""A human is waited for: the assistant goes on with other matters, and never beside the human."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from guardrails.decision import Decision
from orchestrator.conversation.event_bus import StatusChanged
from orchestrator.handover.ownership import Ownership
from orchestrator.inference.types import Prompt
from orchestrator.store.database import Database
from tests.support.house import SECRET, House, decision, open_house, policies_of
from tools.escalate_to_human import escalate_to_human_tool

AWAY = datetime.now(UTC) + timedelta(days=3)
CLOSED = policies_of(
    f'[hours]\nzone = "Europe/Berlin"\n{AWAY.strftime("%a").lower()} = ["09:00-09:30"]\n[handoff]\n'
)
"""A desk that is open for half an hour in three days' time."""


def thinks(prompt: Prompt) -> Decision:
    text = str(prompt.messages[-1]["content"])
    if "human" in text:
        return decision("I am passing you on.", handoff="The customer asks for a human.")
    if "wrong" in text:
        return decision("Your refund has been issued.")
    return decision(f"About: {text}")


def ownership(house: House) -> Ownership:
    return Ownership(
        house.database,
        queued_channels=frozenset(),
        stamp=house.replica.stamp,
        language="en",
        bus=house.bus,
        turns_wait=lambda: None,
        deliveries_wait=lambda: None,
    )


async def test_another_question_is_answered_and_the_human_keeps_the_one_matter(database: Database) -> None:
    async with open_house(database, thinks) as house:
        session = await house.session()
        first = await house.ask(session, "something wrong")
        other = await house.ask(session, "What does shipping cost?")
        assert (first.status, other.status) == ("handed_off", "answered")
        assert other.reply == "About: What does shipping cost?"
        row = await database.fetchrow("SELECT owner, status FROM conversations")
        assert (row["owner"], row["status"]) == ("queue", "human")
        assert await database.fetchval("SELECT count(*) FROM handoffs WHERE ended_at IS NULL") == 1
        told = house.decisions.prompts[-1].system
        assert '"colleague":{"matter":"what was passed on above"' in told
        assert "refund" not in told.rpartition("CONTEXT: ")[2]


async def test_a_second_wish_is_no_second_handoff_and_may_be_more_urgent(database: Database) -> None:
    async with open_house(database, thinks) as house:
        session = await house.session()
        await house.ask(session, "a human please")
        await house.ask(session, "a human please, now")
        await house.ask(session, "I want to kill myself")
        [row] = await database.fetch("SELECT reason, priority, ended_at FROM handoffs")
        assert row["priority"] == "urgent"
        assert row["reason"].startswith("The customer asks for a human.\nAlso: Held by the rule")
        timeline = await house.desk.timeline(session.conversation_id, after=0)
        told = [(e.status, e.assistant) for e in timeline if isinstance(e, StatusChanged)]
        assert told[0] == ("human", "goes_on")


ENGLISH = (
    "Our team is back on",
    f"{AWAY:%A}, {AWAY.day} {AWAY:%B %Y} at 09:00 (Berlin time)",
    "your e-mail address",
    "here for everything else",
)
GERMAN = (
    "Unser Team ist wieder da am",
    f"{AWAY:%d.%m.%Y} um 09:00 Uhr (Ortszeit Berlin)",
    "Ihre E-Mail-Adresse",
    "für alles andere da",
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I want to speak to a human, please", ENGLISH),
        ("Ich möchte bitte mit einem Menschen sprechen", GERMAN),
    ],
)
async def test_while_the_desk_is_closed_the_customer_hears_when(
    database: Database, text: str, words: tuple[str, ...]
) -> None:
    def think(prompt: Prompt) -> Decision:
        return decision("", ("escalate_to_human", {"reason": "asked"}))

    async with open_house(database, think, escalate_to_human_tool(), policies=CLOSED) as house:
        outcome = await house.ask(await house.session(), text)
        for each in words:
            assert each in outcome.reply


async def test_a_customer_with_an_address_is_not_asked_for_one(database: Database) -> None:
    now = int(datetime.now(UTC).timestamp())
    claims = {"sub": "ada", "email": "ada@example.com", "aud": "switchboard", "iat": now, "exp": now + 300}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    async with open_house(database, thinks, policies=CLOSED) as house:
        outcome = await house.ask(await house.session(identity=token), "a human please")
        assert "Our team is back on" in outcome.reply
        assert "e-mail address" not in outcome.reply


async def test_a_humans_answer_goes_to_the_address_that_was_left(database: Database) -> None:
    async with open_house(database, thinks) as house:
        session = await house.session()
        asked = await house.ask(session, "a human please")
        assert "write me your e-mail address" in asked.reply
        left = await house.ask(session, "It is Ada@Example.com, thanks")
        assert left.status == "answered"
        assert '"answer_goes_to":"ada@example.com"' in house.decisions.prompts[-1].system
        again = await house.ask(session, "a human please!")
        assert "e-mail address" not in again.reply
        await ownership(house).reply(session.conversation_id, "Ann", "Here is your answer.", key=None)
        notification = await database.fetchrow("SELECT address, text FROM letters")
        assert (notification["address"], notification["text"]) == ("ada@example.com", "Here is your answer.")
        assert await database.fetchval("SELECT count(*) FROM contacts") == 0


async def test_an_address_nobody_asked_for_is_kept_nowhere(database: Database) -> None:
    async with open_house(database, thinks) as house:
        session = await house.session()
        await house.ask(session, "Is bob@example.com right?")
        assert await database.fetchval("SELECT reach_address FROM conversations") is None


async def test_who_takes_it_silences_the_assistant_in_mid_turn(database: Database) -> None:
    thinking, taken = asyncio.Event(), asyncio.Event()

    async def think(prompt: Prompt) -> Decision:
        if "human" not in str(prompt.messages[-1]["content"]):
            thinking.set()
            await taken.wait()
        return thinks(prompt)

    async with open_house(database, think) as house:
        session = await house.session()
        await house.ask(session, "a human please")
        accepted = await house.write(session, "and one more question")
        await thinking.wait()
        await ownership(house).take(session.conversation_id, "Ann")
        taken.set()
        outcome = await house.desk.outcome(accepted, timeout=15.0)
        assert outcome.status == "handed_off"
        assert "About" not in outcome.reply
        timeline = await house.desk.timeline(session.conversation_id, after=0)
        told = [(e.status, e.assistant) for e in timeline if isinstance(e, StatusChanged)]
        assert told == [("human", "goes_on"), ("human", None)]
        later = await house.ask(session, "hello?")
        assert "with the colleague" in later.reply
        assert len(house.decisions.prompts) == 2


async def test_after_the_release_the_assistant_has_it_alone(database: Database) -> None:
    async with open_house(database, thinks) as house:
        session = await house.session()
        await house.ask(session, "a human please")
        await ownership(house).take(session.conversation_id, "Ann")
        await ownership(house).release(session.conversation_id, "Ann")
        outcome = await house.ask(session, "thanks")
        assert outcome.reply == "About: thanks"
        assert '"colleague"' not in house.decisions.prompts[-1].system


async def test_ours_is_said_in_todays_language_and_not_in_last_weeks(database: Database) -> None:
    wrong = decision("Your refund has been issued.", language="fr")
    async with open_house(database, lambda _: wrong) as house:
        session = await house.session()
        await database.execute("UPDATE customers SET language = 'de'")
        outcome = await house.ask(session, "Bonjour, où est ma commande ?")
        assert outcome.status == "handed_off"
        assert outcome.reply.startswith("Je ne peux pas régler cela moi-même")


async def test_a_word_that_tells_no_language_is_answered_in_that_of_the_conversation(
    database: Database,
) -> None:
    told = iter([decision("Guten Tag.", language="de")])
    wrong = decision("Ihre Erstattung ist veranlasst.", language="und")
    async with open_house(database, lambda _: next(told, wrong)) as house:
        session = await house.session()
        await house.ask(session, "Guten Tag, haben Sie Lampen für mich?")
        outcome = await house.ask(session, "1042")
        assert outcome.status == "handed_off"
        assert outcome.reply.startswith("Das kann ich nicht selbst klären")
        await ownership(house).take(session.conversation_id, "Ann")
        assert (await house.ask(session, "?!")).reply.startswith("Ihre Nachricht liegt der Kollegin")
