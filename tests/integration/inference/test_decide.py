"""The loop around one decision: repair, fallback, replay, release, budget, cancellation."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from guardrails.decision import Action, Decision
from orchestrator.inference.errors import BudgetExhausted, ContextTooLong, DecisionUnavailable, ProviderAway
from orchestrator.inference.types import ActionOutcome, RecordedRequest, RequestOutcome, TurnStep
from tests.support.inference import AB, NATIVE, MemoryJournal, bench, catalog
from tests.support.model_server import FAULTS, Asked, Behaviour, answer, call, decision, native
from tests.support.model_server.behaviours import DONE, chunk, content_chunks, event, status
from tests.support.model_server.responders import decision_text

INVALID = decision(reply="", actions=[])
TWO = decision_text(reply="It was shipped on Monday. It should arrive tomorrow.")


async def test_an_invalid_answer_goes_back_twice_then_to_the_next_model_then_ends() -> None:
    async with bench() as at:
        at.server.queue(*[INVALID] * 6)
        with pytest.raises(DecisionUnavailable) as caught:
            await at.ask()

    assert caught.value.code == "invalid"
    assert at.server.models == ["a", "a", "a", "b", "b", "b"]
    assert at.journal.purposes == ["decide", "repair", "repair", "fallback", "repair", "repair"]


async def test_the_correction_holds_the_answer_and_the_problems_and_stays_valid_history() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["unknown-fields"])
        await at.ask()

    *_, shown, told = at.server.requests[1].messages
    assert shown["role"] == "assistant"
    assert '"mood": "great"' in shown["content"]
    assert told["role"] == "user"
    assert "'mood'" in told["content"]


async def test_a_nudge_keeps_the_roles_alternating() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F11"])
        await at.ask()

    roles = [each["role"] for each in at.server.requests[1].messages]
    assert roles == ["system", "user"]
    assert at.server.requests[1].messages[1]["content"].startswith("Where is my order 1042?\n\n")


async def test_the_row_is_begun_before_the_request_and_finished_before_anything_is_shown() -> None:
    async with bench() as at:
        seen: list[list[str]] = []

        async def look(asked: Asked) -> web.StreamResponse:
            seen.append(list(at.journal.log))
            return await answer()(asked)

        at.server.queue(look)
        await at.ask()

    assert seen == [["begin"]]
    assert at.journal.log[:2] == ["begin", "finish ok"]


async def test_the_ledger_row_tells_what_it_took() -> None:
    async with bench() as at:
        await at.ask()

    row = at.journal.rows[0].outcome
    assert row is not None
    assert row.outcome == "ok"
    assert (row.input_tokens, row.output_tokens, row.finish_reason) == (100, 20, "stop")
    assert row.first_token_ms is not None
    assert 0 < row.first_token_ms <= row.latency_ms < 5000
    assert json.loads(row.content or "")["reply"].startswith("You wrote")


@pytest.mark.parametrize("models", [AB, NATIVE], ids=["json", "native"])
@pytest.mark.parametrize(
    "good", [decision(reply="Hello."), native(call("list_orders", "{}")), answer("Hello there.")]
)
async def test_a_restarted_process_never_pays_for_an_answer_twice(models: object, good: Behaviour) -> None:
    async with bench(models) as at:  # type: ignore[arg-type]
        at.server.queue(INVALID, good)
        first = await at.ask()
        asked = len(at.server.requests)
        again = await at.ask()

    assert len(at.server.requests) == asked
    assert again.decision == first.decision
    assert again.model == first.model
    assert again.released == ""


async def test_a_restarted_process_goes_on_after_what_is_recorded() -> None:
    class Killed(Exception):
        pass

    class DyingJournal(MemoryJournal):
        async def begin(self, **fields: Any) -> UUID:
            if len(self.rows) == 2:
                raise Killed
            return await super().begin(**fields)

    journal = DyingJournal()
    async with bench(journal=journal) as at:
        at.server.queue(INVALID, INVALID)
        with pytest.raises(Killed):
            await at.ask()
        journal.rows.append(RecordedRequest(attempt=3, model="a", outcome=None))  # killed while waiting
        decided = await at.ask()

    assert decided.model == "a"
    assert [row.attempt for row in journal.rows] == [1, 2, 3, 4]
    assert "not accepted" in at.server.requests[-1].messages[-1]["content"]


async def test_an_exhausted_budget_sends_nothing() -> None:
    async with bench(budget=0) as at:
        with pytest.raises(BudgetExhausted) as caught:
            await at.ask()

    assert at.server.requests == []
    assert at.journal.rows == []
    assert caught.value.resets_at.utcoffset() is not None


async def test_the_budget_counts_repairs() -> None:
    async with bench(budget=1) as at:
        at.server.queue(INVALID)
        with pytest.raises(BudgetExhausted):
            await at.ask()

    assert len(at.server.requests) == 1


async def test_cancellation_closes_the_stream_and_is_written_down() -> None:
    begun, gone = asyncio.Event(), asyncio.Event()

    async def wait(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        await response.write(event(chunk({"content": '{"intent": '})))
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()
        return response

    async with bench() as at:
        at.server.queue(wait)
        task = asyncio.create_task(at.ask())
        await asyncio.wait_for(begun.wait(), 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(gone.wait(), 2)

    assert at.journal.outcomes == ["cancelled"]


async def test_an_answer_that_came_is_written_down_even_when_cancelled_meanwhile() -> None:
    class SlowJournal(MemoryJournal):
        async def finish(self, request_id: UUID, outcome: RequestOutcome) -> None:
            self.log.append("writing")
            if self.log.count("writing") == 1:
                writing.set()
                await asyncio.Event().wait()
            await super().finish(request_id, outcome)

    writing = asyncio.Event()
    async with bench(journal=SlowJournal()) as at:
        task = asyncio.create_task(at.ask())
        await asyncio.wait_for(writing.wait(), 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert at.journal.outcomes == ["ok"]


async def test_f18_white_space_after_a_whole_decision_costs_nothing() -> None:
    async with bench() as at:
        at.server.queue(answer(decision_text(reply="Done.") + "\n" * 4000, finish="length"))
        decided = await at.ask()

    assert decided.decision.reply == "Done."
    assert at.journal.outcomes == ["ok"]


def after_a_look(text: str, shown: asyncio.Event, *, finish: str = "stop") -> Behaviour:
    """Answer with the first sentence of `TWO` and a bit, and with the rest once something of it was shown."""

    async def behave(asked: Asked) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(asked.web)
        cut = text.index("should")
        await response.write(event(chunk({"content": text[:cut]})))
        await asyncio.wait_for(shown.wait(), 2)
        for each in content_chunks(text[cut:], finish=finish):
            await response.write(event(each))
        await response.write(DONE)
        return response

    return behave


async def test_a_sentence_is_released_while_the_rest_is_still_being_written() -> None:
    first_shown = asyncio.Event()
    async with bench() as at:

        async def show(text: str) -> None:
            await at.release(text)
            first_shown.set()

        at.server.queue(after_a_look(TWO, first_shown))
        decided = await at.ask(release=show)

    assert at.released == ["It was shipped on Monday. ", "It should arrive tomorrow."]
    assert decided.released == decided.decision.reply
    assert at.journal.log == ["begin", "release", "finish ok", "release"]


async def test_an_answer_that_comes_whole_is_written_down_before_a_word_of_it_is_shown() -> None:
    async with bench() as at:
        at.server.queue(answer(TWO, size=8))
        decided = await at.ask()

    assert at.released == ["It was shipped on Monday. ", "It should arrive tomorrow."]
    assert decided.released == decided.decision.reply
    assert at.journal.log == ["begin", "finish ok", "release", "release"]


async def test_nothing_is_released_of_a_decision_whose_actions_will_be_refused() -> None:
    text = decision_text(
        actions=[{"tool": "no_such_tool", "arguments": {}}], reply="I am on it. One moment. Please."
    )
    async with bench() as at:
        at.server.queue(answer(text, size=8), decision(reply="Let me see."))
        await at.ask()

    assert at.released == ["Let me see."]


async def test_what_was_shown_of_a_bad_answer_is_told_and_its_replacement_comes_whole() -> None:
    shown = asyncio.Event()
    async with bench() as at:

        async def show(text: str) -> None:
            await at.release(text)
            shown.set()

        at.server.queue(
            after_a_look(TWO[:-12], shown, finish="length"), decision(reply="It arrives today. Promised.")
        )
        decided = await at.ask(release=show)

    assert at.released == ["It was shipped on Monday. "]
    assert decided.released == "It was shipped on Monday. "
    assert decided.decision.reply == "It arrives today. Promised."


async def test_a_refused_release_ends_the_request_and_goes_through() -> None:
    class Blocked(Exception):
        pass

    async def refuse(_: str) -> None:
        raise Blocked

    async with bench() as at:
        at.server.queue(after_a_look(TWO, asyncio.Event()))
        with pytest.raises(Blocked):
            await at.ask(release=refuse)

    assert at.journal.outcomes == ["aborted"]


async def test_native_respond_streams_its_reply() -> None:
    text = decision_text(reply="First. Second one.")
    deltas = [call("respond", text[:90]), *(call("", part, id=None) for part in (text[90:110], text[110:]))]
    async with bench(NATIVE) as at:
        at.server.queue(native(*deltas))
        decided = await at.ask()

    assert decided.decision.reply == "First. Second one."
    assert at.released == ["First. ", "Second one."]


async def test_native_text_is_the_reply() -> None:
    async with bench(NATIVE) as at:
        at.server.queue(answer("<think>hm.</think>It is on its way. Anything else?", size=5))
        decided = await at.ask()

    assert decided.decision.reply == "It is on its way. Anything else?"
    assert decided.decision.language == "und"
    assert at.released == ["It is on its way. ", "Anything else?"]


async def test_f10_text_beside_calls_that_never_come_is_taken_after_two_nudges() -> None:
    async with bench(NATIVE) as at:
        at.server.queue(*[answer("Let me look.", finish="tool_calls")] * 3)
        decided = await at.ask()

    assert at.journal.outcomes == ["no_calls", "no_calls", "ok"]
    assert decided.decision.reply == "Let me look."


async def test_f14_one_request_never_carries_tools_and_response_format() -> None:
    for models, present, absent in ((AB, "response_format", "tools"), (NATIVE, "tools", "response_format")):
        async with bench(models) as at:
            await at.ask()
        assert present in at.server.requests[0].body
        assert absent not in at.server.requests[0].body


STEP = TurnStep(
    decision=Decision(
        intent="order_status",
        language="en",
        actions=(Action(tool="get_order_status", arguments={"order_id": "1042"}),),
        handoff=None,
        citations=(),
        reply="",
        remember=(),
        resolved=False,
    ),
    outcomes=(
        ActionOutcome(
            call_id="r1",
            tool="get_order_status",
            arguments={"order_id": "1042"},
            result={"ok": True, "data": "shipped"},
        ),
    ),
)


async def test_steps_of_a_json_model_come_as_its_decision_and_the_results() -> None:
    async with bench() as at:
        await at.ask(steps=(STEP,))

    shown, results = at.server.requests[0].messages[-2:]
    assert json.loads(shown["content"])["actions"][0]["tool"] == "get_order_status"
    expected = 'ACTION RESULTS: [{"id":"r1","tool":"get_order_status","ok":true,"data":"shipped"}]'
    assert results == {"role": "user", "content": expected}


async def test_steps_of_a_native_model_come_as_calls_and_tool_messages() -> None:
    async with bench(NATIVE) as at:
        at.server.queue(FAULTS["F24"], FAULTS["F24"])
        await at.ask(steps=(STEP, STEP))

    assert at.journal.outcomes == ["unsupported", "ok"]
    messages = at.server.requests[1].messages
    calls = [each["tool_calls"][0]["id"] for each in messages if each.get("tool_calls")]
    assert calls == [each["tool_call_id"] for each in messages if each["role"] == "tool"]
    assert len(set(calls)) == 2
    assert all(each["content"] is not None for each in messages)


async def test_a_model_that_refused_us_is_asked_last_for_a_while() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F03-403"])
        await at.ask()
        at.journal.rows.clear()
        at.journal.ids.clear()
        await at.ask()

    assert at.server.models == ["a", "b", "b"]


async def test_a_model_that_takes_no_tools_is_asked_in_json() -> None:
    async with bench(NATIVE) as at:
        at.server.queue(status(400, '"auto" tool choice requires --enable-auto-tool-choice to be set'))
        decided = await at.ask()

    assert decided.model == "a"
    assert "tools" not in at.server.requests[1].body
    assert at.server.requests[1].body["response_format"] == {"type": "json_object"}


async def test_a_limit_of_tokens_is_learned() -> None:
    async with bench() as at:
        at.server.queue(status(400, "max_tokens must be at most 256"))
        await at.ask()

    assert at.server.requests[1].body["max_tokens"] == 256


async def test_a_prompt_larger_than_every_window_is_not_even_sent() -> None:
    async with bench(catalog({"name": "a", "window": 2048}, {"name": "b", "window": 4096})) as at:
        with pytest.raises(ContextTooLong):
            await at.ask("x" * 20_000)
        decided = await at.ask("x" * 20_000, compacted=True)

    assert decided.model == "b"
    assert at.server.models == ["b"]


async def test_a_prompt_too_large_for_the_first_model_goes_to_one_with_room() -> None:
    async with bench(catalog({"name": "a", "window": 2048}, {"name": "b", "window": 65_536})) as at:
        decided = await at.ask("x" * 20_000)

    assert decided.model == "b"


async def test_nobody_listening_is_told_and_costs_nothing() -> None:
    async with bench() as at:
        await at.server.stop()
        with pytest.raises(ProviderAway) as caught:
            await at.ask()

    assert caught.value.asked
    assert at.journal.outcomes == ["unreachable"] * 3
    assert not any(row.outcome and row.outcome.counted for row in at.journal.rows)


async def test_a_wait_longer_than_the_turn_may_take_is_not_begun() -> None:
    async with bench(catalog({"name": "a"})) as at:
        at.server.queue(status(429, headers={"retry-after": "3600"}))
        with pytest.raises(ProviderAway) as caught:
            await at.ask()

    assert caught.value.retry_in >= 3600
    assert at.waits == []


async def test_connections_are_used_again() -> None:
    async with bench() as at:
        for _ in range(5):
            at.journal.rows.clear()
            at.journal.ids.clear()
            await at.ask()

    assert len(at.server.requests) == 5
    assert at.server.connections == 1


async def test_many_decisions_side_by_side() -> None:
    async with bench() as at:

        async def one(number: int) -> str:
            own = replace(at, journal=MemoryJournal(), released=[])
            return (await own.ask(f"customer {number}")).decision.reply

        replies = await asyncio.gather(*map(one, range(40)))

    assert replies == [f"You wrote: customer {number}" for number in range(40)]


async def test_a_failing_ledger_stops_before_the_request() -> None:
    class Lost(Exception):
        pass

    class LostJournal(MemoryJournal):
        async def begin(self, **_: Any) -> UUID:
            raise Lost

    async with bench(journal=LostJournal()) as at:
        with pytest.raises(Lost):
            await at.ask()

    assert at.server.requests == []
