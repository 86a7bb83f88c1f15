"""The decision gate: what passes, what is refused, and that nothing else ever comes out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.decision import (
    Decision,
    DecisionError,
    DecisionGate,
    decision_schema,
    parse_decision,
)
from tests.support.inference import TOOLS

GATE = DecisionGate(TOOLS)
GOOD: dict[str, Any] = {
    "intent": "order_status",
    "language": "de-AT",
    "actions": [{"tool": "get_order_status", "arguments": {"order_id": "1042"}}],
    "handoff": {"reason": "angry", "priority": "high"},
    "citations": ["returns#1"],
    "reply": 'Grüße "🙂"',
    "remember": [{"key": "shoe_size", "value": "42"}],
    "resolved": True,
}
TEXT = json.dumps(GOOD, ensure_ascii=False)


def changed(**fields: Any) -> str:
    return json.dumps({**GOOD, **fields})


def acting(tool: str, arguments: Any) -> str:
    return changed(actions=[{"tool": tool, "arguments": arguments}])


def problems(text: str | None) -> tuple[str, ...]:
    with pytest.raises(DecisionError) as caught:
        GATE.parse(text)
    assert caught.value.problems
    assert all(len(each) <= 240 for each in caught.value.problems)
    return caught.value.problems


def test_a_whole_decision() -> None:
    decision = parse_decision(TEXT, TOOLS)
    assert decision.actions[0].tool == "get_order_status"
    assert decision.actions[0].arguments == {"order_id": "1042"}
    assert decision.handoff is not None
    assert (decision.handoff.reason, decision.handoff.priority) == ("angry", "high")
    assert decision.citations == ("returns#1",)
    assert (decision.remember[0].key, decision.remember[0].value) == ("shoe_size", "42")
    assert decision.resolved


def test_the_least_decision_and_its_canonical_form() -> None:
    decision = GATE.parse('{"reply": "Hi", "actions": [], "language": "en", "intent": "hello"}')
    assert decision.handoff is None
    assert decision.canonical() == '{"intent":"hello","language":"en","actions":[],"reply":"Hi"}'


def test_the_canonical_form_is_the_same_decision() -> None:
    decision = GATE.parse(TEXT)
    assert GATE.parse(decision.canonical()) == decision
    assert list(json.loads(decision.canonical())) == list(decision_schema()["properties"])


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{TEXT}\n```",
        f"```\n{TEXT}\n```\nThat is all.",
        f"Sure! Here is the JSON: {TEXT}",
        f"{TEXT}\nI hope {{this}} helps.",
        f'<think>Maybe {{}} or {{"a": 1}}?</think>{TEXT}',
        f"<THOUGHT>x</THOUGHT> <thinking>y</thinking>\n{TEXT}",
        f'Let me see {{"a": 1}}.\n</think>\n{TEXT}',
        f"no opening tag </think>{TEXT}",
        f'The arguments are {{"order_id": "1042"}}. So: {TEXT}',
        f"{TEXT}{TEXT}",
        f"\ufeff{TEXT}",
        f"{TEXT}\n<think>Was that right?</think>",
    ],
)
def test_what_stands_around_the_object_is_tolerated(text: str) -> None:
    assert GATE.parse(text) == GATE.parse(TEXT)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "empty"),
        ("", "empty"),
        ("  \n", "empty"),
        ("I can help with that!", "no JSON object"),
        ("[]", "not a list"),
        (f"[{TEXT}]", "not a list"),
        ('"text"', "no JSON object"),
        ("{}", "'intent' is missing"),
        (TEXT.replace('"resolved": true', '"resolved": NaN'), "NaN"),
        (TEXT.replace('"resolved": true', '"resolved": -Infinity'), "-Infinity"),
        (TEXT.replace('"resolved": true', '"resolved": 1e999'), "too large"),
        (TEXT.replace('"resolved": true', f'"resolved": {"9" * 5000}'), "digits"),
        (TEXT.replace('"intent"', '"reply": "other", "intent"', 1), "'reply' stands twice"),
        (TEXT.replace('"order_id"', '"order_id": "1", "order_id"', 1), "'order_id' stands twice"),
        (TEXT.replace('"1042"', '1042"'), "not valid JSON"),
        (TEXT.replace('"reply":', "'reply':"), "not valid JSON"),
        (TEXT + TEXT.replace("1042", "1043"), "more than one decision"),
        ('{"a":' * 5000, "nested deeper"),
        ('{"a":' + "[" * 100_000, "nested deeper"),
        ("{" * 100_000, "no JSON object"),
        (changed(reply="x" * 200_000), "longer than"),
        (changed(reply="x" * 8001), "reply: must have at most 8000"),
        (changed(actions="none"), "actions: must be array, not string"),
        (changed(actions=[{"tool": "list_orders"}]), "actions[0]: 'arguments' is missing"),
        (changed(actions=[{"tool": "list_orders", "arguments": {}}] * 6), "at most 5 items"),
        (changed(mood="great"), "'mood'"),
        (changed(language="German"), "language: does not match"),
        (changed(intent=None), "intent: must be string, not null"),
        (changed(resolved="yes"), "resolved: must be boolean, not string"),
        (changed(handoff={"reason": "x", "priority": "asap"}), "handoff.priority: must be one of 'low'"),
        (changed(remember=[{"key": "Not A Slug", "value": ""}]), "remember[0].key: does not match"),
        (changed(reply="", actions=[], handoff=None), "reply is empty"),
        (changed(reply=" \n ", actions=[], handoff=None), "reply is empty"),
        (changed(reply="<tool_call>{}</tool_call>"), "tool call written as text"),
        (changed(reply="hm </think> ok"), "reasoning tags"),
        (acting("no_such_tool", {}), "the tools on offer are: get_order_status, create_ticket"),
        (acting("multi_tool_use.parallel", {}), "unknown tool"),
        (acting("get_order_status", {}), "actions[0].arguments: 'order_id' is missing"),
        (acting("get_order_status", {"order_id": 1042}), "actions[0].arguments.order_id: must be string"),
        (acting("get_order_status", {"order_id": "1", "admin_override": True}), "'admin_override'"),
        (acting("get_order_status", "1042"), "actions[0].arguments: must be object"),
        (acting("get_order_status", None), "actions[0].arguments: must be object"),
        (acting("create_ticket", {"subject": "a", "priority": "HIGH"}), "must be one of 'low'"),
        (acting("refund_order", {"order_id": "1", "amount": -5}), "must be more than 0"),
        (acting("refund_order", {"order_id": "1", "amount": "12.50"}), "must be number, not string"),
        (acting("refund_order", {"order_id": "1", "amount": True}), "must be number, not boolean"),
        (acting("tag_order", {"order_id": "1", "tags": '["a"'}), "must be array, not string"),
        (acting("tag_order", {"order_id": "1", "tags": '{"a": 1}'}), "must be array, not string"),
        ('{"name": "get_order_status", "arguments": {"order_id": "1042"}}', "'intent' is missing"),
    ],
)  # fmt: skip
def test_refused(text: str | None, said: str) -> None:
    assert any(said in each for each in problems(text)), problems(text)


def test_several_problems_are_told_at_once_but_not_without_end() -> None:
    assert len(problems(changed(intent=1, language=2, resolved=3))) == 3
    assert len(problems(changed(citations=list(range(10))))) <= 8


@given(st.integers(2, len(json.dumps(GOOD)) - 1), st.booleans())
def test_every_cut_is_truncation_and_never_mended(length: int, ascii_only: bool) -> None:
    text = json.dumps(GOOD, ensure_ascii=ascii_only)
    for lead in ("", "```json\n", "<think>hm</think>"):
        with pytest.raises(DecisionError) as caught:
            GATE.parse(lead + text[: min(length, len(text) - 1)])
        assert caught.value.truncated


def test_an_amount_is_never_cut_short() -> None:
    text = acting("refund_order", {"order_id": "1042", "amount": 1250})
    for end in range(text.index("1250"), len(text)):
        with pytest.raises(DecisionError):
            GATE.parse(text[:end])


def test_reasoning_that_never_ends_is_truncation() -> None:
    with pytest.raises(DecisionError) as caught:
        GATE.parse("<think>I wonder whether")
    assert caught.value.truncated


def test_malformed_text_is_not_called_truncated() -> None:
    with pytest.raises(DecisionError) as caught:
        GATE.parse('{"intent": "x" "language": "en", "reply": "a"')
    assert not caught.value.truncated


def test_an_object_inside_a_broken_one_is_never_taken() -> None:
    smuggled = json.dumps({**GOOD, "reply": "smuggled"})
    assert problems('{"intent": "x", "reply": "you wrote "' + smuggled + '""}')


def test_what_postgres_can_not_store_is_replaced() -> None:
    text = TEXT.replace("Grüße", "a\\u0000b\\ud800c").replace("1042", "\\udfff")
    decision = GATE.parse(text)
    assert decision.reply.startswith("a\ufffdb\ufffdc")
    assert decision.actions[0].arguments == {"order_id": "\ufffd"}
    assert GATE.parse(TEXT.replace("Grüße", "x\ud800")).reply.startswith("x\ufffd")


def test_keys_that_become_the_same_are_duplicates() -> None:
    assert problems(TEXT.replace('"order_id": "1042"', '"\\ud800": 1, "\\u0000": 2'))


def test_line_breaks_inside_strings_are_tolerated() -> None:
    assert GATE.parse(TEXT.replace("Grüße", "a\nb")).reply.startswith("a\nb")


def test_a_line_break_does_not_slip_through_a_pattern() -> None:
    decision = GATE.parse(changed(language="de\n", remember=[{"key": "size\n", "value": "1"}]))
    assert decision.language == "de"
    assert decision.remember[0].key == "size"


def test_reasoning_inside_the_reply_is_taken_out() -> None:
    assert GATE.parse(changed(reply="<think>secret</think>Hello")).reply == "Hello"


@pytest.mark.parametrize("text", ['["late", "gift"]', ' ["late","gift"] '])
def test_f31_an_array_that_came_as_text_is_decoded_once_and_told(text: str) -> None:
    decision = GATE.parse(acting("tag_order", {"order_id": "1042", "tags": text}))
    assert decision.actions[0].arguments["tags"] == ["late", "gift"]
    assert decision.coerced == ("actions[0].arguments.tags",)


def test_f31_only_once_and_only_where_no_string_is_allowed() -> None:
    assert problems(acting("tag_order", {"order_id": "1", "tags": json.dumps('["a"]')}))
    decision = GATE.parse(acting("get_order_status", {"order_id": '["1042"]'}))
    assert decision.actions[0].arguments["order_id"] == '["1042"]'
    assert decision.coerced == ()


def test_f31_whole_arguments_as_text() -> None:
    decision = GATE.parse(acting("get_order_status", '{"order_id": "1042"}'))
    assert decision.actions[0].arguments == {"order_id": "1042"}
    assert decision.coerced == ("actions[0].arguments",)


@pytest.mark.parametrize("arguments", ["", "  ", {}])
def test_f09_no_arguments_is_an_empty_object(arguments: Any) -> None:
    assert GATE.parse(acting("list_orders", arguments)).actions[0].arguments == {}


@dataclass
class ToolObject:
    name: str
    parameters: dict[str, Any]


SCHEMA = dict(TOOLS[0].parameters)


@pytest.mark.parametrize(
    "tools",
    [
        {"get_order_status": SCHEMA},
        {"get_order_status": ToolObject("get_order_status", SCHEMA)},
        {"get_order_status": {"description": "x", "parameters": SCHEMA}},
        [ToolObject("get_order_status", SCHEMA)],
        (tool for tool in [ToolObject("get_order_status", SCHEMA)]),
        [{"name": "get_order_status", "parameters": SCHEMA}],
        [{"type": "function", "function": {"name": "get_order_status", "parameters": SCHEMA}}],
        SimpleNamespace(tools={"get_order_status": ToolObject("get_order_status", SCHEMA)}),
    ],
)
def test_tools_are_taken_in_many_forms(tools: Any) -> None:
    gate = DecisionGate(tools)
    assert gate.tools == ("get_order_status",)
    assert gate.parse(TEXT).actions
    with pytest.raises(DecisionError):
        gate.parse(acting("get_order_status", {}))
    with pytest.raises(DecisionError):
        gate.parse(acting("other", {}))


@pytest.mark.parametrize(
    "tools", [["get_order_status"], {"get_order_status": None}, [{"name": "get_order_status"}]]
)
def test_a_tool_without_a_schema_takes_any_object(tools: Any) -> None:
    assert parse_decision(acting("get_order_status", {"anything": 1}), tools).actions


@pytest.mark.parametrize("tools", [None, [], {}])
def test_without_tools_no_action_passes(tools: Any) -> None:
    with pytest.raises(DecisionError):
        parse_decision(TEXT, tools)
    assert parse_decision(changed(actions=[]), tools).reply


def test_a_tool_whose_schema_is_wrong_can_not_be_called() -> None:
    with pytest.raises(DecisionError, match="can't check"):
        parse_decision(
            acting("odd", {"a": 1}), {"odd": {"type": "object", "properties": {"a": {"type": "strnig"}}}}
        )


def test_native_calls_pass_the_same_gate() -> None:
    calls = [{"name": "get_order_status", "arguments": '{"order_id": "1042"}'}]
    decision = DecisionGate(TOOLS).from_calls(calls, "Let me look.")
    assert decision.actions == GATE.parse(TEXT).actions
    assert (decision.reply, decision.language) == ("Let me look.", "und")
    for arguments in (
        "{}",
        '{"order_id": 1}',
        '{"order_id": "1", "x": 1}',
        "[]",
        '{"order_id": "1',
        "nonsense",
    ):
        with pytest.raises(DecisionError):
            GATE.from_calls([{"name": "get_order_status", "arguments": arguments}], None)


def test_native_respond_brings_the_decision() -> None:
    assert GATE.from_calls([{"name": "respond", "arguments": TEXT}], None) == GATE.parse(TEXT)
    both = GATE.from_calls(
        [{"name": "respond", "arguments": TEXT}, {"name": "list_orders", "arguments": ""}], "ignored"
    )
    assert [each.tool for each in both.actions] == ["get_order_status", "list_orders"]
    with pytest.raises(DecisionError):
        GATE.from_calls(
            [{"name": "respond", "arguments": TEXT}, {"name": "respond", "arguments": "{}"}], None
        )


def test_native_cut_arguments_are_truncation() -> None:
    with pytest.raises(DecisionError) as caught:
        GATE.from_calls(
            [SimpleNamespace(name="refund_order", arguments='{"order_id": "1", "amount": 12')], None
        )
    assert caught.value.truncated


def test_native_text_is_the_reply_or_a_decision() -> None:
    assert GATE.from_calls([], "<think>x</think> Hello there. ").reply == "Hello there."
    assert GATE.from_calls([], TEXT) == GATE.parse(TEXT)
    for text in (
        "",
        " ",
        None,
        "<tool_call>{}</tool_call>",
        "Hi </think> there",
        '{"name": "x", "arguments": {}}',
    ):
        with pytest.raises(DecisionError):
            GATE.from_calls([], text)


MARKS = ["{", "}", "[", "]", '"', ":", ",", "\\", " ", "\n", "<think>", "</think>", "```", "\ud800", "\x00"]
WORDS = ["null", "NaN", "1e9", '"intent"', '"reply"', '"actions"', '"tool"', '"arguments"', TEXT, TEXT[:50]]
PIECES = st.sampled_from(MARKS + WORDS)


def is_decided(read: Callable[[], Decision]) -> bool:
    """Say whether a decision came out; anything but a DecisionError with problems goes through."""
    try:
        return isinstance(read(), Decision)
    except DecisionError as error:
        if not error.problems:
            raise
    return False


@settings(max_examples=300)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=25).map("".join)))
def test_any_text_gives_a_decision_or_a_decision_error(text: str) -> None:
    if is_decided(lambda: GATE.parse(text)):
        assert is_decided(lambda: GATE.parse(f"```\n{text}\n```"))
    is_decided(lambda: GATE.from_calls([], text))


@given(
    st.lists(
        st.tuples(st.sampled_from(["respond", "list_orders", ""]), st.one_of(st.text(max_size=20), PIECES))
    )
)
def test_any_calls_give_a_decision_or_a_decision_error(calls: list[tuple[str, str]]) -> None:
    is_decided(lambda: GATE.from_calls([{"name": name, "arguments": text} for name, text in calls], None))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(GOOD)), JSON)
def test_any_value_in_any_field_gives_a_decision_or_a_decision_error(name: str, value: Any) -> None:
    if is_decided(lambda: GATE.parse(changed(**{name: value}))):
        assert is_decided(lambda: GATE.parse(GATE.parse(changed(**{name: value})).canonical()))


@pytest.mark.timed
@pytest.mark.parametrize(
    "text",
    [
        "<think>" * 18_000,
        "</think>" * 16_000,
        "<" * 130_000,
        '{"' * 65_000,
        '{"a": "' + "\\" * 130_000,
        "{ " * 65_000,
        '{"a":1}' * 18_000,
        '{"a":1}</think>' * 8_000,
        '"' * 130_000,
    ],
    ids=lambda text: text[:16],
)
def test_hostile_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    problems(text)
    assert time.process_time() - started < 1.0
