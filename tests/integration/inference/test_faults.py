"""Every model fault of the catalogue that belongs to the provider or the decision, one case each.

The other faults are the turn's: F36 (loop guard), F38 (the same call twice), F39 and F40 (review of
the reply); F29's compaction is the turn's answer to ContextTooLong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from orchestrator.inference.catalog import Catalog
from orchestrator.inference.errors import ContextTooLong, DecisionUnavailable, InferenceError, ProviderAway
from tests.support.inference import AB, NATIVE, PATIENT, QUICK, bench
from tests.support.model_server import FAULTS

ORDER = ("get_order_status", {"order_id": "1042"})


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault, the outcomes written for it and the good answer after it, and the model that gave that."""

    fault: str
    outcomes: Sequence[str]
    model: str = "a"
    actions: Sequence[tuple[str, dict[str, object]]] = ()
    models: Catalog = AB


def repaired(fault: str, outcome: str, **fields: object) -> Case:
    return Case(fault=fault, outcomes=[outcome, "ok"], **fields)  # type: ignore[arg-type]


def tolerated(fault: str, **fields: object) -> Case:
    return Case(fault=fault, outcomes=["ok"], **fields)  # type: ignore[arg-type]


SURVIVED = [
    repaired("F01", "http_429", model="b"),
    repaired("F01-no-header", "http_429", model="b"),
    repaired("F02-502", "http_502"),
    repaired("F02-503", "http_503"),
    repaired("F02-504", "http_504", model="b"),
    repaired("F03-403", "http_403", model="b"),
    repaired("F04", "timeout", model="b"),
    repaired("F05", "disconnected"),
    repaired("F05-reset", "disconnected"),
    repaired("F05-no-done", "disconnected"),
    repaired("F06", "truncated"),
    repaired("F07", "truncated", models=NATIVE),
    repaired("F08", "invalid", models=NATIVE),
    tolerated("F09", models=NATIVE, actions=[("list_orders", {})]),
    repaired("F10", "no_calls", models=NATIVE),
    repaired("F11", "empty"),
    repaired("F11", "empty", models=NATIVE),
    tolerated("F12"),
    tolerated("F12-stray"),
    tolerated("F12-field"),
    repaired("F13", "invalid"),
    repaired("F13", "invalid", models=NATIVE),
    repaired("F13-fence", "invalid"),
    repaired("F13-fence", "invalid", models=NATIVE),
    tolerated("F14"),
    tolerated("F14", models=NATIVE),
    repaired("F15", "unsupported"),
    tolerated("F16"),
    tolerated("F17"),
    repaired("F18", "whitespace"),
    tolerated("F19", models=NATIVE, actions=[ORDER]),
    tolerated("F20", models=NATIVE, actions=[ORDER, ("get_order_status", {"order_id": "1043"})]),
    tolerated("F21", models=NATIVE, actions=[ORDER]),
    tolerated("F22", models=NATIVE, actions=[ORDER]),
    tolerated("F23", models=NATIVE, actions=[ORDER]),
    repaired("F25", "unsupported"),
    tolerated("F26"),
    tolerated("F26-null"),
    tolerated("F26-last"),
    repaired("F27", "invalid"),
    tolerated("F30"),
    tolerated("F30-several"),
    tolerated("F31", actions=[("tag_order", {"order_id": "1042", "tags": ["late", "gift"]})]),
    repaired("F31-money", "invalid"),
    repaired("F32", "invalid"),
    repaired("F32-missing", "invalid"),
    repaired("F32-enum", "invalid"),
    repaired("F32-negative", "invalid"),
    tolerated("F33"),
    tolerated("F33-halves"),
    repaired("F34", "error_event"),
    repaired("F35", "not_json", model="b"),
    repaired("F35-502", "http_502"),
    repaired("F37", "timeout", model="b"),
    tolerated("not-streamed"),
    tolerated("prefixed"),
    tolerated("trailing"),
    tolerated("null-with-calls", actions=[ORDER]),
    tolerated("null-with-calls", models=NATIVE, actions=[ORDER]),
    repaired("duplicate-keys", "invalid"),
    repaired("nan", "invalid"),
    repaired("wrong-types", "invalid"),
    repaired("unknown-fields", "invalid"),
    repaired("bad-arguments", "invalid"),
    repaired("huge", "too_large"),
    tolerated("invalid-utf8"),
    repaired("bad-event", "bad_event"),
    repaired("404", "http_404", model="b"),
    repaired("408", "http_408"),
    repaired("409", "http_409"),
    repaired("500", "http_500"),
    repaired("hang-body", "timeout", model="b"),
    repaired("hang-headers", "timeout", model="b"),
]
ENDED = {
    "F03-401": "provider_away",
    "F28": "refused",
    "F28-filter": "refused",
    "F29": "context_too_long",
    "F29-413": "context_too_long",
}


def name_of(case: Case) -> str:
    return f"{case.fault}-native" if case.models is NATIVE else case.fault


@pytest.mark.parametrize("case", SURVIVED, ids=name_of)
async def test_survives(case: Case) -> None:
    limits = QUICK if "timeout" in case.outcomes else PATIENT
    async with bench(case.models, limits=limits) as at:
        at.server.queue(FAULTS[case.fault])
        decided = await at.ask("Grüße 🙂, where is my order 1042?")

    assert at.journal.outcomes == case.outcomes
    assert decided.model == case.model
    actions = [(each.tool, each.arguments) for each in decided.decision.actions]
    assert actions == [(tool, arguments) for tool, arguments in case.actions]
    if not case.actions:
        assert "Grüße 🙂, where is my order 1042?" in decided.decision.reply
    assert all(row.outcome for row in at.journal.rows)
    assert not any("secret thought" in piece or "tool_call" in piece for piece in at.released)


@pytest.mark.parametrize(("fault", "code"), ENDED.items(), ids=ENDED)
async def test_ends_without_another_request(fault: str, code: str) -> None:
    async with bench() as at:
        at.server.queue(FAULTS[fault])
        with pytest.raises(InferenceError) as caught:
            await at.ask()

    assert caught.value.code == code
    assert len(at.server.requests) == 1
    assert at.journal.outcomes[0] not in {"ok", "none"}
    assert at.released == []


def test_every_fault_of_the_server_is_tested() -> None:
    assert {case.fault for case in SURVIVED} | set(ENDED) | {"F24"} == set(FAULTS)


async def test_f01_waits_as_long_as_the_provider_says() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F01"])
        await at.ask()

    assert len(at.waits) == 1
    assert 1.0 <= at.waits[0] <= 2.0


async def test_f01_asks_a_lone_model_again_but_not_for_ever() -> None:
    async with bench(Catalog.sandbox()) as at:
        at.server.queue(*[FAULTS["F01"]] * 9)
        with pytest.raises(ProviderAway):
            await at.ask()

    assert at.journal.outcomes == ["http_429"] * 3


async def test_f06_asks_again_with_more_room_and_without_the_cut_text() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F06"])
        await at.ask()

    first, second = at.server.requests
    assert second.body["max_tokens"] == 2 * first.body["max_tokens"]
    assert second.messages == first.messages


async def test_f08_sends_back_valid_arguments_and_the_problem() -> None:
    async with bench(NATIVE) as at:
        at.server.queue(FAULTS["F08"])
        await at.ask()

    call, result = at.server.requests[1].messages[-2:]
    assert call["tool_calls"][0]["function"]["arguments"] == "{}"
    assert result["role"] == "tool"
    assert result["tool_call_id"] == call["tool_calls"][0]["id"]
    assert "not valid JSON" in result["content"]


async def test_f15_is_remembered() -> None:
    async with bench() as at:
        at.server.queue(*[FAULTS["F15"]] * 2)
        await at.ask()
        at.journal.rows.clear()
        at.journal.ids.clear()
        at.server.queue(FAULTS["F15"])
        await at.ask()

    formats = [each.body["response_format"]["type"] for each in at.server.requests]
    assert formats == ["json_object", "json_schema", "json_schema"]


async def test_f16_a_system_message_without_the_word_gets_it() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F16"])
        await at.ask(system="You answer customers.")

    assert at.journal.outcomes == ["ok"]
    assert "JSON" in at.server.requests[0].system


async def test_f27_names_the_tools_on_offer() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F27"])
        await at.ask()

    told = at.server.requests[1].messages[-1]
    assert told["role"] == "user"
    assert "multi_tool_use.parallel" in told["content"]
    assert "get_order_status, create_ticket" in told["content"]


async def test_f29_goes_to_the_next_model_once_the_prompt_was_compacted() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["F29"])
        with pytest.raises(ContextTooLong):
            await at.ask()
        with pytest.raises(ContextTooLong):  # a restarted process is told the same, without a request
            await at.ask()
        decided = await at.ask(compacted=True)

    assert decided.model == "b"
    assert at.server.models == ["a", "b"]


async def test_f37_a_slow_drip_ends_at_the_deadline_of_the_turn() -> None:
    async with bench() as at:
        at.server.queue(*[FAULTS["F37"]] * 2)
        with pytest.raises(DecisionUnavailable) as caught:
            await at.ask(seconds=0.2)

    assert caught.value.code == "deadline"
    assert at.journal.outcomes == ["timeout"]


async def test_invalid_utf8_becomes_the_replacement_character() -> None:
    async with bench() as at:
        at.server.queue(FAULTS["invalid-utf8"])
        decided = await at.ask()

    assert decided.decision.reply.startswith("\ufffd")
