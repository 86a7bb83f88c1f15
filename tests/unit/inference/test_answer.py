"""Chunks of all the odd shapes become one answer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inference.answer import AnswerDelta, Assembly, ModelAnswer
from orchestrator.inference.errors import AnswerTooLarge, ErrorEvent, InferenceError, Whitespace
from tests.support.model_server import call
from tests.support.model_server.behaviours import chunk

FIELDS = ["choices", "delta", "message", "content", "tool_calls", "function", "name", "arguments"]
FIELDS += ["index", "id", "usage", "finish_reason", "refusal"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)


def assembled(*chunks: Any) -> ModelAnswer:
    assembly = Assembly()
    for each in chunks:
        assembly.take([each], AnswerDelta())
    return assembly.answer()


def calls(*entries: Any) -> list[tuple[str, str]]:
    answer = assembled(*(chunk({"tool_calls": [entry]}) for entry in entries))
    assert len({each.id for each in answer.calls}) == len(answer.calls)
    assert all(len(each.id) == 9 and each.id.isalnum() for each in answer.calls)
    return [(each.name, each.arguments) for each in answer.calls]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([call("f", '{"a":'), call("", "1}", id=None)], [("f", '{"a":1}')]),
        ([call("f", '{"a":'), call("f", "1}")], [("f", '{"a":1}')]),
        ([call("f", "{", index=None), call("", "}", id=None, index=None)], [("f", "{}")]),
        ([call("f", "{}", id="1"), call("f", "{}", id="2")], [("f", "{}"), ("f", "{}")]),
        ([call("f", "{}", id=None), call("g", "{}", id=None)], [("f", "{}"), ("g", "{}")]),
        ([call("f", "{}", id="", index=0), call("g", "{}", id="", index=1)], [("f", "{}"), ("g", "{}")]),
        ([call("f", None), call("", None, id=None)], [("f", "")]),
        ([{"index": 0, "function": {"name": "f", "arguments": {"a": 1}}}], [("f", '{"a": 1}')]),
        ([{"index": 0}, {}, {"function": None}], [("", "")]),
    ],
)
def test_pieces_of_calls(entries: list[Any], expected: list[tuple[str, str]]) -> None:
    assert calls(*entries) == expected


def test_halves_of_a_character_are_joined() -> None:
    assert assembled(chunk({"content": "a\ud83d"}), chunk({"content": "\ude42b"})).content == "a🙂b"
    assert assembled(chunk({"content": "a\ud83d"}), chunk({"content": "b"})).content == "a\ufffdb"


def test_usage_may_come_at_any_time_or_never() -> None:
    late = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    answer = assembled({**chunk({"content": "x"}), "usage": None}, late)
    assert (answer.input_tokens, answer.output_tokens) == (7, 3)
    assert assembled(chunk({"content": "x"})).input_tokens is None


def test_content_may_come_in_parts() -> None:
    assert (
        assembled(chunk({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]})).content
        == "ab"
    )


def test_an_error_inside_the_stream_is_one() -> None:
    with pytest.raises(ErrorEvent):
        assembled({"error": {"message": "no worker"}})


def test_more_than_any_answer_needs_is_refused() -> None:
    with pytest.raises(AnswerTooLarge):
        assembled(*[chunk({"content": "x" * 100_000})] * 3)
    with pytest.raises(AnswerTooLarge):
        calls(*[call("f", "{}", id=str(number)) for number in range(40)])


@pytest.mark.parametrize("text", ["\n", " \t\r\n"])
def test_white_space_without_end_is_noticed_outside_strings_only(text: str) -> None:
    with pytest.raises(Whitespace):
        assembled(chunk({"content": '{"a": 1,'}), *[chunk({"content": text})] * 400)
    inside = assembled(
        chunk({"content": '{"a": "'}), *[chunk({"content": text})] * 400, chunk({"content": '"}'})
    )
    assert inside.content.endswith('"}')


@given(st.lists(st.dictionaries(st.sampled_from(["choices", "usage"]), JSON), max_size=4))
def test_any_chunk_is_taken_or_refused(values: list[dict[str, Any]]) -> None:
    try:
        assembled(*values)
    except InferenceError:
        pass
