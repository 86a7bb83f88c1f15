"""Whatever a customer writes, the answer is a valid decision, and soon."""

from __future__ import annotations

import json
import time
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.conversation import LATER_TOOLS, SCHEMA, SHOP, TOOLS, Conversation, error, ok

WORDS = st.sampled_from(
    [
        "where",
        "is",
        "my",
        "order",
        "1042",
        "1043",
        "and",
        "when",
        "will",
        "it",
        "arrive",
        "return",
        "refund",
        "wo",
        "ist",
        "meine",
        "Bestellung",
        "wann",
        "kommt",
        "an",
        "ticket",
        "call",
        "me",
        "back",
        "tomorrow",
        "at",
        "3pm",
        "0170",
        "1234567",
        "human",
        "yes",
        "no",
        "ja",
        "nein",
        "danke",
        "thanks",
        "address",
        "change",
        "cancel",
        "stornieren",
        "code",
        "482913",
        "ada@example.com",
        "Hauptstr.",
        "5",
        "10115",
        "Berlin",
        "broken",
        "kaputt",
        "!",
        "?",
        ".",
        ":",
        ",",
        "20",
        "EUR",
        "€",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=14).map(" ".join))
NAMES = [
    "order_id",
    "status",
    "items",
    "total",
    "currency",
    "passages",
    "id",
    "text",
    "found",
    "limited",
    "when",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
ANSWERS = st.one_of(JSON.map(ok), st.text(max_size=12).map(error))


@settings(max_examples=100, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_any_conversation_gets_valid_decisions(texts: list[str]) -> None:
    talk = Conversation(tools=(*TOOLS, *LATER_TOOLS))
    for text in texts:
        decided = talk.say(text)  # checks the schema and every action's arguments
        assert decided["reply"].strip()


def _always(answer: Any, tool: str, arguments: Any) -> Any:
    return answer


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(TEXTS, ANSWERS), min_size=1, max_size=3))
def test_any_result_of_a_tool_is_survived(turns: list[tuple[str, Any]]) -> None:
    for text, answer in turns:
        talk = Conversation(run=partial(_always, answer), tools=(*TOOLS, *LATER_TOOLS))
        assert talk.say(text)["reply"].strip()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(["system", "user", "assistant", "tool", "developer"]),
                "content": st.one_of(
                    TEXTS,
                    st.none(),
                    JSON.map(json.dumps),
                    JSON.map(lambda value: f"TOOLS: {json.dumps(value)}\nCONTEXT: {json.dumps(value)}"),
                    JSON.map(lambda value: f"ACTION RESULTS: {json.dumps(value)}"),
                ),
            }
        ),
        max_size=6,
    )
)
def test_any_messages_get_a_valid_decision(messages: list[dict[str, Any]]) -> None:
    SCHEMA.validate(SHOP.respond(messages))


HOSTILE = [
    "yes " * 1000,
    "a" * 4000,
    "moin " * 800,
    "thanks for " * 400,
    "is order is order " * 250,
    "where " * 700,
    "1 " * 2000,
    "+" * 2000 + "1" * 2000,
    "one " * 1000,
    "." * 4000,
    "a@" * 2000,
    "code " * 800,
    "speak to " * 500,
]


@pytest.mark.timed
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    Conversation().say(text)
    assert time.process_time() - started < 1.0


def test_a_megabyte_is_answered() -> None:
    assert Conversation().say("Where is my order 1042? " * 45_000)["reply"]
