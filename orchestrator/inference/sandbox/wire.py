"""The OpenAI chat completions format: requests checked, answers and errors written.

Source: the public API reference, https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.inference.sandbox.reading import content_text

MODEL = "sandbox"
MOST_MESSAGES = 20_000
PIECE = 24  # characters of one streamed chunk
ROLES = ("system", "developer", "user", "assistant", "tool")


class BadRequest(ValueError):
    """A request that is not in the format; `param` names the part, `code` is stable."""

    def __init__(self, message: str, *, param: str | None = None, code: str = "invalid_value") -> None:
        super().__init__(message)
        self.param = param
        self.code = code


@dataclass(frozen=True, kw_only=True, slots=True)
class ChatRequest:
    """What a request asks for; `usage` only matters when streaming."""

    messages: Sequence[Mapping[str, Any]]
    stream: bool
    usage: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One answer: `created` in seconds since 1970, token counts estimated at four characters each."""

    id: str
    created: int
    content: str
    prompt_tokens: int

    def usage(self) -> dict[str, int]:
        """Token counts as the format wants them."""
        completion = tokens(self.content)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        }

    def body(self) -> dict[str, Any]:
        """The whole answer as one object."""
        message = {"role": "assistant", "content": self.content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage()}

    def events(self, *, usage: bool) -> Iterator[bytes]:
        """The answer as server-sent events, `[DONE]` last."""
        yield self._event([_choice({"role": "assistant", "content": ""})])
        for start in range(0, len(self.content), PIECE):
            yield self._event([_choice({"content": self.content[start : start + PIECE]})])
        yield self._event([_choice({}, finish="stop")])
        if usage:
            yield self._event([], usage=self.usage())
        yield b"data: [DONE]\n\n"

    def _event(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        chunk = {**self._head("chat.completion.chunk"), "choices": choices, **more}
        return f"data: {compact(chunk)}\n\n".encode()

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": MODEL}


def read_request(body: bytes) -> ChatRequest:
    """Check a request's body; raises BadRequest, as the provider would answer 400."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("We could not parse the JSON body of your request.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise BadRequest("The body must be a JSON object.", code="invalid_type")
    if not isinstance(value.get("model"), str) or not value["model"]:
        raise BadRequest(
            "You must provide a model parameter.", param="model", code="missing_required_parameter"
        )
    if value.get("tools"):
        raise BadRequest(
            "The sandbox model has no native tools; offer them in the system message.",
            param="tools",
            code="unsupported_parameter",
        )
    messages = _messages(value.get("messages"))
    _json_is_mentioned(value.get("response_format"), messages)
    stream = _flag(value, "stream")
    options = value.get("stream_options") or {}
    if not isinstance(options, dict):
        raise BadRequest("'stream_options' must be an object.", param="stream_options", code="invalid_type")
    return ChatRequest(messages=messages, stream=stream, usage=_flag(options, "include_usage"))


def error_body(
    message: str, *, kind: str = "invalid_request_error", param: str | None = None, code: str | None
) -> str:
    """An error in the provider's shape."""
    return compact({"error": {"message": message, "type": kind, "param": param, "code": code}})


def models_body(created: int) -> str:
    """The list of models: this one."""
    return compact(
        {
            "object": "list",
            "data": [{"id": MODEL, "object": "model", "created": created, "owned_by": "switchboard"}],
        }
    )


def tokens(text: str) -> int:
    """Estimate tokens: a rule of thumb, for a model that has none."""
    return (len(text) + 3) // 4


def compact(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _choice(delta: dict[str, Any], *, finish: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _messages(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not value or len(value) > MOST_MESSAGES:
        raise BadRequest(f"'messages' must be an array of 1 to {MOST_MESSAGES} messages.", param="messages")
    for number, message in enumerate(value):
        place = f"messages[{number}]"
        if not isinstance(message, dict):
            raise BadRequest(f"'{place}' must be an object.", param=place, code="invalid_type")
        if message.get("role") not in ROLES:
            raise BadRequest(f"'{place}.role' must be one of {', '.join(ROLES)}.", param=f"{place}.role")
        if not isinstance(message.get("content"), str | list | None):
            raise BadRequest(
                f"'{place}.content' must be text.", param=f"{place}.content", code="invalid_type"
            )
    return value


def _json_is_mentioned(response_format: Any, messages: Sequence[Mapping[str, Any]]) -> None:
    """JSON mode is refused where no message speaks of JSON, as the provider does."""
    if not isinstance(response_format, dict) or response_format.get("type") != "json_object":
        return
    if not any(
        re.search("json", content_text(message.get("content")), re.IGNORECASE) for message in messages
    ):
        raise BadRequest(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
            "'json_object'.",
            param="messages",
        )


def _flag(value: Mapping[str, Any], name: str) -> bool:
    flag = value.get(name)
    if flag is not None and not isinstance(flag, bool):
        raise BadRequest(f"'{name}' must be true or false.", param=name, code="invalid_type")
    return bool(flag)
