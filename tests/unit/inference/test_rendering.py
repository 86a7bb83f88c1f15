"""History is valid whatever was stored."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inference.rendering import render, sanitised

USER = {"role": "user", "content": "hi"}


def calling(*ids: str, arguments: str = "{}", content: str | None = None) -> dict[str, Any]:
    calls = [
        {"id": each, "type": "function", "function": {"name": "f", "arguments": arguments}} for each in ids
    ]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def result(number: str, content: str = "ok") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": number, "content": content}


def is_valid(messages: list[dict[str, Any]]) -> bool:
    """Every call has exactly one result right behind it, ids are unique, arguments are objects."""
    waiting: list[str] = []
    seen: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if not waiting or message["tool_call_id"] not in waiting:
                return False
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return False
        for call in message.get("tool_calls", ()):
            if call["id"] in seen or not isinstance(json.loads(call["function"]["arguments"]), dict):
                return False
            seen.add(call["id"])
            waiting.append(call["id"])
    return not waiting


MESSAGES = st.one_of(
    st.just(USER),
    st.builds(result, st.sampled_from("abc")),
    st.builds(lambda ids, text: calling(*ids, arguments=text), st.lists(st.sampled_from("abc"), max_size=3),
              st.sampled_from(["{}", "", "{broken", "[1]", '{"a":1}'])),
)  # fmt: skip


@given(st.lists(MESSAGES, max_size=10))
def test_anything_becomes_valid(messages: list[dict[str, Any]]) -> None:
    clean = sanitised(messages)
    assert is_valid(clean)
    assert sanitised(clean) == clean


def test_f23_the_same_id_in_two_steps_becomes_two() -> None:
    clean = sanitised([USER, calling("x"), result("x", "1"), calling("x"), result("x", "2")])
    assert [each["content"] for each in clean if each["role"] == "tool"] == ["1", "2"]
    assert is_valid(clean)


def test_orphans_and_duplicates_are_dropped() -> None:
    clean = sanitised(
        [result("a"), USER, calling("a", "b"), result("a", "first"), result("a", "second"), result("z")]
    )
    assert [each.get("content") for each in clean] == ["hi", None, "first"]
    assert len(clean[1]["tool_calls"]) == 1


def test_a_call_without_any_result_leaves_its_text() -> None:
    assert sanitised([USER, calling("a", content="Let me see.")])[-1] == {
        "role": "assistant",
        "content": "Let me see.",
    }


def test_neighbours_of_the_user_role_are_joined() -> None:
    assert sanitised([USER, {"role": "user", "content": "there"}]) == [
        {"role": "user", "content": "hi\n\nthere"}
    ]


def test_the_messages_handed_in_stay_as_they_are() -> None:
    messages = [dict(USER), calling("x"), result("x")]
    before = json.dumps(messages)
    render(messages, (), native=True)
    assert json.dumps(messages) == before
