"""What is learned from refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.inference.catalog import Model
from orchestrator.inference.errors import HttpRefused
from orchestrator.inference.provider import retry_after
from orchestrator.inference.request import Abilities, KnownAbilities, is_context_too_long

JSON = Model(name="a", window=8192)
NATIVE = Model(name="a", window=8192, tools="native", temperature=0.2)


def learned(model: Model, *messages: str, status: int = 400) -> Abilities:
    capabilities = KnownAbilities()
    for message in messages:
        capabilities.learn(model, HttpRefused(status, message))
    return capabilities.of(model)


def test_response_format_is_changed_or_dropped() -> None:
    refusal = "'response_format.type' must be 'json_schema' or 'text'"
    assert learned(JSON, refusal).json_mode == "schema"
    assert learned(JSON, refusal, refusal).json_mode == "none"
    assert learned(JSON, "Unsupported parameter: response_format").json_mode == "none"
    assert (
        learned(JSON, "'messages' must contain the word 'json' to use 'response_format'").json_mode == "none"
    )


def test_parameters_are_dropped_renamed_or_limited() -> None:
    assert learned(JSON, "Unknown parameter: stream_options").dropped == {"stream_options"}
    assert learned(NATIVE, "temperature is not supported").dropped == {"temperature"}
    assert learned(JSON, "Use 'max_completion_tokens' instead of 'max_tokens'").completion_tokens
    assert learned(JSON, "max_tokens must be at most 512").token_limit == 512
    assert learned(JSON, "max_tokens is too large").token_limit == 512


def test_native_models_may_lose_null_content_and_tools() -> None:
    assert learned(NATIVE, "messages.2.content: Input should be a string, got null").empty_content
    assert not learned(NATIVE, "tools is not supported by this model").native


@pytest.mark.parametrize(
    ("status", "message"), [(400, "something else"), (500, "stream_options"), (403, "tools")]
)
def test_other_refusals_teach_nothing(status: int, message: str) -> None:
    assert not KnownAbilities().learn(NATIVE, HttpRefused(status, message))


@pytest.mark.parametrize(
    "message",
    [
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens",
        "prompt is too long: 9000 tokens",
        "Please reduce the length of the messages",
        "Input exceeds the model's context window",
    ],
)
def test_too_long_prompts_are_recognised(message: str) -> None:
    assert is_context_too_long(HttpRefused(400, message))
    assert not is_context_too_long(HttpRefused(500, message))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "99999999"}, 86_400.0),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({}, None),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=datetime(2026, 11, 21, 12, tzinfo=UTC)) == seconds
