"""The OpenAI chat completions format as a provider speaks it: requests checked, answers written.

Source: the public API reference, https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from orchestrator.inference.rendering import compact
from orchestrator.inference.transcript import content_text

PIECE = 24  # characters of one streamed chunk
_REQUEST = Draft202012Validator(json.loads(Path(__file__).with_suffix(".schema.json").read_text("utf-8")))


class RequestRefused(ValueError):
    """A request that is not in the format; `param` names the part."""

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """One answer: `created` in seconds since 1970, token counts estimated at four characters each."""

    id: str
    model: str
    created: int
    content: str
    prompt_tokens: int

    @classmethod
    def of(cls, model: str, messages: Sequence[Mapping[str, Any]], content: str) -> Completion:
        """Answer a request's messages now."""
        asked = sum(tokens(content_text(message.get("content"))) for message in messages)
        created = int(time.time())
        return cls(
            id=f"chatcmpl-{uuid4().hex}", model=model, created=created, content=content, prompt_tokens=asked
        )

    def usage(self) -> dict[str, int]:
        """Token counts as the format wants them."""
        said = tokens(self.content)
        total = self.prompt_tokens + said
        return {"prompt_tokens": self.prompt_tokens, "completion_tokens": said, "total_tokens": total}

    def body(self) -> dict[str, Any]:
        """The whole answer as one object."""
        message = {"role": "assistant", "content": self.content, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage()}

    def events(self, *, usage: bool) -> Iterator[bytes]:
        """The answer as server-sent events, `[DONE]` last."""
        yield self._event({"role": "assistant", "content": ""})
        for start in range(0, len(self.content), PIECE):
            yield self._event({"content": self.content[start : start + PIECE]})
        yield self._event({}, finish="stop")
        if usage:
            yield self._line(choices=[], usage=self.usage())
        yield b"data: [DONE]\n\n"

    def _event(self, delta: dict[str, str], *, finish: str | None = None) -> bytes:
        return self._line(choices=[{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}])

    def _line(self, **more: Any) -> bytes:
        return f"data: {compact({**self._head('chat.completion.chunk'), **more})}\n\n".encode()

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}


def read_request(body: bytes) -> Mapping[str, Any]:
    """Check a request's body; raises RequestRefused, as the provider would answer 400."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestRefused("We could not parse the JSON body of your request.") from None
    if wrong := best_match(_REQUEST.iter_errors(value)):
        place = wrong.json_path.removeprefix("$").lstrip(".")
        raise RequestRefused(f"'{place or 'body'}': {wrong.message[:300]}", param=place or None)
    if (value.get("response_format") or {}).get("type") == "json_object" and not any(
        re.search("json", content_text(message.get("content")), re.IGNORECASE)
        for message in value["messages"]
    ):
        raise RequestRefused("'messages' must contain the word 'json' to use the format 'json_object'.")
    return dict(value)


def error_body(
    message: str, *, kind: str = "invalid_request_error", param: str | None = None, code: str | None = None
) -> dict[str, Any]:
    """An error in the provider's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def models_body(model: str, created: int) -> dict[str, Any]:
    """The list of models: this one."""
    listed = {"id": model, "object": "model", "created": created, "owned_by": "switchboard"}
    return {"object": "list", "data": [listed]}


def tokens(text: str) -> int:
    """Estimate tokens: a rule of thumb, for a model that has none."""
    return (len(text) + 3) // 4
