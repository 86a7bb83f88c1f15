"""Which input schemas are taken over, and what is left of them."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.decision import DecisionError, DecisionGate
from tests.support.mcp_servers.hostile import BOMB, CIRCLE, INJECTION
from tools.mcp.foreign_schema import MAX_ITEMS, SchemaRefused, is_cheap, taken_schema

ORDER: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Order",
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$", "description": "its\nnumber"},
        "state": {"enum": ["open", "done", None]},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
        "mail": {"type": "string", "format": "email", "pattern": "^(([a-z]+)+@)+x$"},
    },
    "additionalProperties": False,
    "$defs": {"Line": {"type": "object", "properties": {"count": {"type": "integer", "minimum": 1}}}},
}


def clean(text: str) -> str:
    return text.replace(INJECTION, "[removed]")


def test_an_ordinary_schema_is_taken_over_and_checks_arguments() -> None:
    schema = taken_schema(ORDER, clean)
    assert schema["properties"]["id"]["description"] == "its number"
    assert schema["properties"]["lines"]["maxItems"] == MAX_ITEMS
    assert "title" not in schema
    gate = DecisionGate({"order": schema})
    decision = {"intent": "x", "language": "en", "reply": "", "actions": []}
    good = {"tool": "order", "arguments": {"id": "AB1234", "lines": [{"count": 2}]}}
    assert gate.check({**decision, "actions": [good]}).actions[0].arguments["id"] == "AB1234"
    for wrong in ({}, {"id": "x"}, {"id": "AB1234", "lines": [{"count": 0}]}, {"id": "AB1234", "more": 1}):
        with pytest.raises(DecisionError):
            gate.check({**decision, "actions": [{"tool": "order", "arguments": wrong}]})


def test_a_pattern_that_could_be_slow_is_left_to_the_server() -> None:
    assert "pattern" not in taken_schema(ORDER, clean)["properties"]["mail"]


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (BOMB, "too many parts"),
        (CIRCLE, "refers to itself"),
        ({"type": "object", "properties": {"a": {"$ref": "http://127.0.0.1/x"}}}, "$ref"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "not there"),
        ({"type": "object", "$dynamicRef": "#x"}, "$dynamicRef"),
        ({"type": "object", "patternProperties": {"^(a+)+$": {}}}, "patternProperties"),
        ({"type": "object", INJECTION: 1}, "an unknown keyword"),
        ({"type": "object", "properties": {INJECTION: {}}}, "no plain word"),
        ({"type": "object", "required": [INJECTION]}, "no plain word"),
        ({"type": "object", "properties": {"a": {"format": INJECTION}}}, "format"),
        ({"type": "object", "properties": {"a": {"enum": [INJECTION]}}}, "holds instructions"),
        ({"type": "object", "properties": {"a": {"const": {"b": INJECTION}}}}, "holds instructions"),
        ({"type": "object", "properties": {f"p{n}": {} for n in range(400)}}, "too many parts"),
        ({"type": "object", "properties": {"a": {"enum": ["x" * 9_000]}}}, "too large"),
        ({"type": "object", "properties": {"a": {"enum": ["x" * 90_000]}}}, "too large"),
        ({"type": "object", "properties": {"a": {"type": "strin"}}}, "not valid"),
        ({"type": "object", "properties": {"a": {"minimum": "1"}}}, "not valid"),
        ({"type": "object", "properties": []}, "not valid"),
        ({"type": "object", "properties": {"a": {"minimum": float("nan")}}}, "JSON can't"),
        ({"type": "array"}, "not an object"),
        ({}, "not an object"),
    ],
)
def test_what_can_t_be_bounded_or_says_things_is_refused(schema: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaRefused, match=said.replace("$", r"\$")):
        taken_schema(schema, clean)


def test_instructions_in_descriptions_and_defaults_are_not_shown() -> None:
    inner = {"type": "string", "description": f"A name. {INJECTION}", "default": INJECTION}
    schema = taken_schema({"type": "object", "properties": {"a": inner}}, clean)
    assert schema["properties"]["a"] == {"type": "string", "description": "A name. [removed]"}


@pytest.mark.timed
def test_a_deep_schema_is_refused_and_costs_nothing() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(900):
        deep = {"type": "object", "properties": {"a": deep}}
    began = time.perf_counter()
    with pytest.raises(SchemaRefused):
        taken_schema(deep, clean)
    assert time.perf_counter() - began < 0.5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "items", "anyOf", "$ref", "$defs", "enum", "required", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(properties=st.dictionaries(st.text(max_size=4), JSON, max_size=3))
def test_any_schema_is_taken_over_or_refused(properties: dict[str, Any]) -> None:
    try:
        schema = taken_schema({"type": "object", "properties": properties}, clean)
    except SchemaRefused as error:
        assert str(error).startswith("its ")  # noqa: PT017
    else:
        assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize(
    ("pattern", "cheap"),
    [
        ("^[A-Z]{3}$", True),
        (r"^[\w.-]+@example\.com$", True),
        (r"^\d{4}-\d{2}-\d{2}$", True),
        ("^(a+)+$", False),
        ("^a*a*$", False),
        ("a*b", False),
        ("^(?=x)", False),
        ("^[a--b]$", False),
        ("^[z-a]$", False),
        ("^" + "a?" * 30, False),
    ],
)
def test_only_patterns_matched_in_one_pass_are_cheap(pattern: str, cheap: bool) -> None:
    assert is_cheap(pattern) is cheap


@given(pattern=st.text(alphabet="^$ab[]-\\w+*?{}1,2()|.", max_size=60))
def test_judging_a_pattern_never_fails_and_never_warns(pattern: str) -> None:
    assert is_cheap(pattern) in (True, False)
