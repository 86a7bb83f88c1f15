"""Accept → turn → deliver: what a customer gets, whatever the model says."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from guardrails.decision import Decision, Remember
from orchestrator.conversation.event_bus import Posted, ReplyDelta, StatusChanged, TurnEnded
from orchestrator.errors import IdentityRejected, MessageInvalid, SessionUnknown, StoreAway
from orchestrator.inference.budget import DayBudget
from orchestrator.inference.errors import BudgetExhausted, ContextTooLong, DecisionUnavailable
from orchestrator.inference.types import Prompt
from orchestrator.store.database import Database
from tests.support.house import SECRET, decision, open_house, policies_of, until
from tools.tool import Caller, Preview, Sensitivity, tool


def identity(who: str = "ada@example.com", **claims: Any) -> str:
    now = int(time.time())
    base = {"sub": who, "email": who, "name": "Ada", "aud": "switchboard", "iat": now, "exp": now + 300}
    return jwt.encode({**base, **claims}, SECRET, algorithm="HS256")


def last_user(prompt: Prompt) -> str:
    return str(prompt.messages[-1]["content"])


async def test_a_message_is_answered_and_on_the_timeline(database: Database) -> None:
    async with open_house(database, lambda prompt: decision(f"You wrote: {last_user(prompt)}")) as house:
        session = await house.session()
        outcome = await house.ask(session, "Good morning")
        assert (outcome.status, outcome.reply) == ("answered", "You wrote: Good morning")
        [posted] = await house.desk.timeline(session.conversation_id, after=0)
        assert isinstance(posted, Posted)
        assert (posted.author, posted.seq, posted.turn) == ("assistant", 2, outcome.turn_id)


async def test_the_same_key_twice_is_one_message_and_one_turn(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        session = await house.session()
        first = await house.write(session, "Hi", key="k")
        again = await house.write(session, "Hi", key="k")
        assert again.duplicate
        assert (again.seq, again.message_id) == (first.seq, first.message_id)
        await house.desk.outcome(again, timeout=10)
        assert await database.fetchval("SELECT count(*) FROM turns") == 1


async def test_a_burst_becomes_one_turn(database: Database) -> None:
    async with open_house(database, lambda p: decision(last_user(p)), started=False) as house:
        session = await house.session()
        accepted = [await house.write(session, text) for text in ("one", "two", "three")]
        house.runner.start()
        outcome = await house.desk.outcome(accepted[-1], timeout=10)
        await house.runner.drain(5.0)
        assert outcome.reply == "one\n\ntwo\n\nthree"
        assert len(house.decisions.prompts) == 1


async def test_the_thread_comes_back_whole_in_the_next_turn(database: Database) -> None:
    async with open_house(database, lambda p: decision(f"Answer to {last_user(p)}")) as house:
        session = await house.session()
        await house.ask(session, "first question")
        await house.ask(session, "second question")
        thread = house.decisions.prompts[1].thread
        assert thread.startswith('{"role":"user","content":"first question"}')
        assert "Answer to first question" in thread


async def test_one_customer_is_answered_in_order_and_many_side_by_side(database: Database) -> None:
    running: set[str] = set()
    together = 0
    free = asyncio.Event()

    async def think(prompt: Prompt) -> Decision:
        nonlocal together
        customer = last_user(prompt).split()[0]
        assert customer not in running
        running.add(customer)
        together = max(together, len(running))
        if together == 5:
            free.set()
        await free.wait()
        running.discard(customer)
        return decision(last_user(prompt))

    async with open_house(database, think) as house:
        sessions = [await house.session() for _ in range(5)]
        accepted = []
        for number in range(3):
            accepted = [await house.write(s, f"c{i} {number}") for i, s in enumerate(sessions)]
        outcomes = await asyncio.gather(*(house.desk.outcome(a, timeout=15) for a in accepted))
        assert [o.reply.split()[-1] for o in outcomes] == ["2"] * 5
        assert together == 5


async def test_actions_run_with_the_turns_caller_and_their_results_come_back(database: Database) -> None:
    callers: list[Caller] = []

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def note(caller: Caller, text: str) -> dict[str, str]:
        """Note a text."""
        callers.append(caller)
        return {"noted": text}

    def think(prompt: Prompt) -> Decision:
        if not prompt.steps:
            return decision("", ("note", {"text": "x"}))
        return decision(f"Noted {prompt.steps[0].outcomes[0].result['data']['noted']}.")

    async with open_house(database, think, note) as house:
        session = await house.session(identity=identity())
        outcome = await house.ask(session, "note x")
        assert outcome.reply == "Noted x."
        assert callers[0].trust == 3
        assert callers[0].verified_addresses == ("ada@example.com",)
        row = await database.fetchrow("SELECT state, result, key FROM actions")
        assert (row["state"], row["result"]["ok"], row["key"]) == ("done", True, callers[0].idempotency_key)


async def test_a_system_that_is_away_for_a_moment_is_asked_again_what_a_call_would_do(
    database: Database,
) -> None:
    asked = 0

    async def preview(caller: Caller, text: str) -> Preview:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise StoreAway("away", retry_after=1.0)
        return Preview(summary="notes a text")

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True, preview=preview)
    async def note(caller: Caller, text: str) -> dict[str, str]:
        """Note a text."""
        return {"noted": text}

    def think(prompt: Prompt) -> Decision:
        if not prompt.steps:
            return decision("", ("note", {"text": "x"}))
        return decision(f"Noted {prompt.steps[0].outcomes[0].result['data']['noted']}.")

    async with open_house(database, think, note) as house:
        session = await house.session()
        assert (await house.ask(session, "note x")).reply == "Noted x."
        assert asked == 2


async def test_the_same_write_named_twice_is_done_once(database: Database) -> None:
    calls = 0

    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
    async def count(caller: Caller) -> int:
        """Count."""
        nonlocal calls
        calls += 1
        return calls

    def think(prompt: Prompt) -> Decision:
        return decision("Done.") if prompt.steps else decision("", ("count", {}), ("count", {}))

    async with open_house(database, think, count) as house:
        await house.ask(await house.session(), "count")
        assert calls == 1
        assert [o.result["data"] for o in house.decisions.prompts[1].steps[0].outcomes] == [1, 1]


async def test_a_loop_of_the_same_call_ends_with_a_human(database: Database) -> None:
    @tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
    async def count(caller: Caller) -> int:
        """Count."""
        return 1

    async with open_house(database, lambda _: decision("", ("count", {})), count) as house:
        session = await house.session()
        outcome = await house.ask(session, "loop")
        assert outcome.status == "handed_off"
        assert await database.fetchval("SELECT count(*) FROM actions") == 3
        assert await database.fetchval("SELECT reason FROM handoffs") == "The model repeated the same action."


@tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
async def look(caller: Caller, place: int) -> int:
    """Look somewhere."""
    return place


async def test_a_task_of_eleven_calls_one_after_another_is_finished(database: Database) -> None:
    def think(prompt: Prompt) -> Decision:
        done = len(prompt.steps)
        return decision("", ("look", {"place": done})) if done < 11 else decision("All of them are fine.")

    async with open_house(database, think, look) as house:
        outcome = await house.ask(await house.session(), "Look at all of them")
        assert (outcome.status, outcome.reply) == ("answered", "All of them are fine.")
        assert await database.fetchval("SELECT count(*) FROM actions WHERE state = 'done'") == 11


@pytest.mark.parametrize("listens", [True, False])
async def test_who_needs_more_steps_than_a_turn_has_keeps_the_assistant(
    database: Database, listens: bool
) -> None:
    def think(prompt: Prompt) -> Decision:
        told = "no_more_actions" in str(prompt.steps[-1].outcomes[-1].result) if prompt.steps else False
        if told and listens:
            return decision("I am not through yet. Shall I go on?")
        return decision("", ("look", {"place": len(prompt.steps)}))

    async with open_house(database, think, look) as house:
        session = await house.session()
        outcome = await house.ask(session, "Look everywhere")
        assert outcome.status == "answered"
        assert "hall I go on?" in outcome.reply
        assert await database.fetchval("SELECT count(*) FROM actions WHERE state = 'done'") == 12
        assert await database.fetchval("SELECT count(*) FROM handoffs") == 0
        assert (await house.ask(session, "Yes, go on")).status == "answered"


async def test_an_invented_number_is_mended_once_and_never_said(database: Database) -> None:
    replies = iter(["Order 9917 is on its way.", "I can't find that order."])
    async with open_house(database, lambda _: decision(next(replies))) as house:
        session = await house.session()
        async with house.desk.listen(session.conversation_id) as listener:
            outcome = await house.ask(session, "Where is it?")
            shown = []
            async for event in listener:
                if isinstance(event, ReplyDelta):
                    shown.append(event.text)
                if isinstance(event, TurnEnded):
                    break
        assert outcome.reply == "I can't find that order."
        assert "9917" not in "".join(shown)


async def test_a_reply_that_stays_wrong_goes_to_a_human(database: Database) -> None:
    wrong = decision("Your refund has been issued.")
    async with open_house(database, lambda _: wrong) as house:
        outcome = await house.ask(await house.session(), "Refund me")
        assert outcome.status == "handed_off"
        assert "refund" not in outcome.reply


@pytest.mark.parametrize(
    "reply",
    [
        "The reference of this conversation is {canary}.",
        "My rules: Never say that something was done unless its action result says so.",
        "Write to hacker@evil.example please.",
    ],
)
async def test_internals_and_foreign_addresses_are_not_said(database: Database, reply: str) -> None:
    def think(prompt: Prompt) -> Decision:
        canary = prompt.system.split("Reference of this conversation: ")[1].split()[0]
        return decision(reply.format(canary=canary))

    async with open_house(database, think) as house:
        outcome = await house.ask(await house.session(), "Tell me a secret")
        assert outcome.status == "handed_off"
        assert reply[:20] not in outcome.reply


async def test_citations_must_have_been_retrieved(database: Database) -> None:
    answers = iter([decision("As written.", citations=("made-up",)), decision("I don't know.")])
    async with open_house(database, lambda _: next(answers)) as house:
        outcome = await house.ask(await house.session(), "What do the terms say?")
        assert outcome.reply == "I don't know."


async def test_a_human_who_takes_over_silences_the_bot(database: Database) -> None:
    asked, taken = asyncio.Event(), asyncio.Event()

    async def think(prompt: Prompt) -> Decision:
        asked.set()
        await taken.wait()
        return decision("Too late.")

    async with open_house(database, think) as house:
        session = await house.session()
        accepted = await house.write(session, "Hello?")
        await asked.wait()
        await database.execute("UPDATE conversations SET owner = 'operator', status = 'human'")
        taken.set()
        outcome = await house.desk.outcome(accepted, timeout=10)
        assert outcome.status == "handed_off"
        assert "Too late." not in outcome.reply
        assert await house.desk.timeline(session.conversation_id, after=0) == []


async def test_after_a_handoff_the_bot_is_silent_where_the_policy_wants_it(database: Database) -> None:
    silent = policies_of('[handoff]\nassistant = "silent"\n')
    asked = decision("A colleague answers.", handoff="asked")
    async with open_house(database, lambda _: asked, policies=silent) as house:
        session = await house.session()
        assert (await house.ask(session, "A human please")).status == "handed_off"
        later = await house.ask(session, "Are you there?")
        assert later.status == "handed_off"
        assert len(house.decisions.prompts) == 1
        timeline = await house.desk.timeline(session.conversation_id, after=0, with_customer=True)
        assert [e.text for e in timeline if isinstance(e, Posted) and e.author == "customer"] == [
            "A human please",
            "Are you there?",
        ]
        assert [e.status for e in timeline if isinstance(e, StatusChanged)] == ["human"]


async def test_facts_are_remembered_across_conversations_only_for_the_verified(database: Database) -> None:
    remembered = decision("Noted.", remember=(Remember(key="shoe_size", value="44"),))
    async with open_house(database, lambda _: remembered) as house:
        await house.ask(await house.session(identity=identity()), "My size is 44")
        await house.ask(await house.session(identity=identity()), "Hello again")
        await house.ask(await house.session(), "I am ada@example.com")
        own, stranger = house.decisions.prompts[1].system, house.decisions.prompts[2].system
        assert '"shoe_size":"44"' in own
        assert "My size is 44" in own
        assert "shoe_size" not in stranger
        assert "My size" not in stranger


async def test_a_turn_that_keeps_failing_goes_to_a_human(database: Database) -> None:
    def think(prompt: Prompt) -> Decision:
        raise RuntimeError("a bug")

    async with open_house(database, think) as house:
        session = await house.session()
        accepted = await house.write(session, "Hello")
        for failures in (1, 2, 3):

            async def failed(wanted: int = failures) -> bool:
                return bool(await database.fetchval("SELECT max(failures) >= $1 FROM turns", wanted))

            await until(failed)
            await database.execute("UPDATE turns SET renewed_at = now() - interval '1 hour'")
        outcome = await house.desk.outcome(accepted, timeout=15)
        assert outcome.status == "handed_off"


async def test_a_weak_session_id_never_carries_an_identity_over(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        opened = {"channel": "chat", "token": "s1", "issued_only": False}
        ada = await house.desk.open_session(**opened, identity=identity())  # type: ignore[arg-type]
        anybody = await house.desk.open_session(**opened, identity=None)  # type: ignore[arg-type]
        again = await house.desk.open_session(**opened, identity=identity())  # type: ignore[arg-type]
        assert anybody.conversation_id != ada.conversation_id
        assert (anybody.trust, again.trust) == (0, 3)
        assert again.conversation_id == ada.conversation_id


async def test_another_persons_identity_gets_a_session_of_its_own(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        ada = await house.session(identity=identity())
        bob = await house.desk.open_session(
            channel="chat", token=ada.token, identity=identity("bob@example.com"), issued_only=True
        )
        assert bob.conversation_id != ada.conversation_id
        assert bob.customer_id != ada.customer_id
        assert bob.token != ada.token


async def test_a_stranger_who_signs_in_keeps_the_conversation(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        stranger = await house.session()
        known = await house.desk.open_session(
            channel="chat", token=stranger.token, identity=identity(), issued_only=True
        )
        assert known.conversation_id == stranger.conversation_id
        assert known.customer_id != stranger.customer_id
        assert known.trust == 3


@pytest.mark.parametrize(
    "claims",
    [{"aud": "other"}, {"exp": 1}, {"exp": int(time.time()) + 7200}, {"sub": ""}, {"sub": 7}, {"iat": None}],
)
async def test_a_wrong_identity_is_refused(database: Database, claims: dict[str, Any]) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        with pytest.raises(IdentityRejected):
            await house.session(identity=identity(**claims))


async def test_an_unknown_token_is_refused(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        with pytest.raises(SessionUnknown):
            await house.desk.open_session(channel="chat", token="x" * 43, identity=None, issued_only=True)


@pytest.mark.parametrize("text", ["", "   ", "a\0b", "a\ud800b", "x" * 100_001])
async def test_text_that_can_not_be_kept_is_refused(database: Database, text: str) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        with pytest.raises(MessageInvalid):
            await house.write(await house.session(), text)


async def test_a_spent_budget_defers_the_answer_and_says_so(database: Database) -> None:
    spent = True

    def think(prompt: Prompt) -> Decision:
        if spent:
            raise BudgetExhausted(datetime.now(UTC) + timedelta(hours=3))
        return decision(f"Answer to {last_user(prompt)}")

    async with open_house(database, think) as house:
        session = await house.session()
        outcome = await house.ask(session, "Wo ist meine Bestellung?")
        assert outcome.status == "deferred"
        assert "aufgebraucht" in outcome.reply
        assert await database.fetchval("SELECT count(*) FROM turns WHERE state = 'pending'") == 1
        await database.execute("UPDATE turns SET available_at = now() WHERE state = 'pending'")

        async def deferred_again() -> bool:
            return bool(await database.fetchval("SELECT count(*) = 2 FROM turns WHERE outcome = 'deferred'"))

        await until(deferred_again)
        spent = False
        await database.execute("UPDATE turns SET available_at = now() WHERE state = 'pending'")

        async def answered() -> bool:
            return bool(await database.fetchval("SELECT count(*) FROM messages WHERE author = 'assistant'"))

        await until(answered)
        timeline = await house.desk.timeline(session.conversation_id, after=0)
        assert [e.author for e in timeline if isinstance(e, Posted)] == ["system", "assistant"]


@pytest.mark.parametrize(
    ("code", "words"),
    [("invalid", "colleague"), ("refused", "colleague"), ("rejected", "colleague")],
)
async def test_no_decision_ends_with_an_honest_sentence_and_a_human(
    database: Database, code: str, words: str
) -> None:
    def think(prompt: Prompt) -> Decision:
        raise DecisionUnavailable(code, "why")

    async with open_house(database, think) as house:
        outcome = await house.ask(await house.session(), "Where is my order?")
        assert outcome.status == "handed_off"
        assert words in outcome.reply
        assert await database.fetchval("SELECT reason FROM handoffs") == "why"


async def test_a_thread_too_long_for_every_model_is_shortened_once(database: Database) -> None:
    def think(prompt: Prompt) -> Decision:
        if len(prompt.thread) > 3000:
            raise ContextTooLong("too long")
        return decision(f"The gist: {'x' * 700}")

    async with open_house(database, think) as house:
        session = await house.session()
        for number in range(6):
            outcome = await house.ask(session, f"question {number} " + "y" * 300)
            assert outcome.status == "answered"
        assert "Digest of the earlier part" in house.decisions.prompts[-1].thread


async def test_the_budget_counts_todays_requests_of_its_provider(database: Database) -> None:
    async with open_house(database, lambda _: decision("Hello.")) as house:
        await house.ask(await house.session(), "Hi")
    await database.execute(
        "INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose, started_at)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 1, 1, 'test', 'm', 'p', now() - interval '2 days'"
    )
    assert await DayBudget(database, provider="test", limit=3).left() == 2
    assert await DayBudget(database, provider="test", limit=1).left() == 0
    assert await DayBudget(database, provider="other", limit=3).left() == 3
    assert await DayBudget(database, provider="test", limit=0).left() is None
