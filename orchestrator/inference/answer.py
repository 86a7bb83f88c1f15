"""Puts one answer together from the chunks of a stream, or from one whole response.

Source of the shapes: OpenAI API reference, "Chat completions" (object and streaming chunk), and how
compatible servers depart from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from guardrails.decision import RESPOND
from orchestrator.inference.blank import BlankGuard
from orchestrator.inference.errors import AnswerTooLarge, ErrorEvent

MAX_CONTENT = 262_144  # characters of content and arguments together
MAX_CALLS = 32

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolCall:
    """One native tool call; `id` is ours, made from its position, never the provider's."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """What the model answered; `complete` says that the provider marked its end."""

    content: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish_reason: str | None = None
    refusal: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    complete: bool = False


@dataclass(slots=True)
class _Building:
    provider_id: str | None
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AnswerDelta:
    """What one chunk added: text, and text of the `respond` call's arguments."""

    content: str = ""
    respond: str = ""
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.content or self.respond or self.other)


@dataclass(slots=True)
class Assembly:
    """Merges chunks; `take` may raise ErrorEvent, AnswerTooLarge or Whitespace."""

    _content: list[str] = field(default_factory=list)
    _calls: list[_Building] = field(default_factory=list)
    _by_index: dict[int, _Building] = field(default_factory=dict)
    _finish: str | None = None
    _refusal: str = ""
    _usage: Mapping[str, Any] = field(default_factory=dict)
    _choice: int | None = None
    _half: str = ""
    _size: int = 0
    _blank: BlankGuard = field(default_factory=BlankGuard)

    @property
    def finished(self) -> bool:
        """Whether a finish reason has been seen."""
        return self._finish is not None

    def take(self, chunk: Mapping[str, Any]) -> AnswerDelta:
        """Merge one chunk (or one whole response) and return what it added."""
        if chunk.get("error"):
            raise ErrorEvent(_error_text(chunk["error"]))
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = chunk["usage"]
        choice = self._own_choice(chunk.get("choices"))
        if choice is None:
            return AnswerDelta()
        delta = choice.get("delta") or choice.get("message")
        added = self._merge(delta) if isinstance(delta, Mapping) else AnswerDelta()
        if isinstance(choice.get("finish_reason"), str) and choice["finish_reason"]:
            self._finish = choice["finish_reason"]
        return added

    def answer(self, *, done: bool = False) -> ModelAnswer:
        """Return what there is so far; `done` says that the stream said so itself."""
        calls = tuple(
            ToolCall(id=call_id(number), name=each.name, arguments="".join(each.arguments))
            for number, each in enumerate(self._calls)
        )
        return ModelAnswer(
            content="".join(self._content) + self._half,
            calls=calls,
            finish_reason=self._finish,
            refusal=self._refusal,
            input_tokens=_count(self._usage.get("prompt_tokens")),
            output_tokens=_count(self._usage.get("completion_tokens")),
            complete=done or self.finished,
        )

    def _own_choice(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice this answer follows: the one with index 0, else the first ever seen."""
        usable = [each for each in choices if isinstance(each, Mapping)] if isinstance(choices, list) else []
        if not usable:
            return None
        if self._choice is None:
            indexes = [_index(each) for each in usable]
            self._choice = 0 if 0 in indexes else indexes[0]
        return next((each for each in usable if _index(each) == self._choice), None)

    def _merge(self, delta: Mapping[str, Any]) -> AnswerDelta:
        content = self._joined(_text(delta.get("content")))
        self._grow(content)
        if content:
            self._content.append(content)
            self._blank.feed(content)
        if isinstance(delta.get("refusal"), str):
            self._refusal = (self._refusal + delta["refusal"])[:2000]
        calls = delta.get("tool_calls")
        pieces = [self._call_delta(each) for each in calls if isinstance(each, Mapping)] if calls else []
        respond = "".join(text for building, text in pieces if building.name == RESPOND)
        return AnswerDelta(content, respond, bool(pieces))

    def _joined(self, text: str) -> str:
        """Join the halves of a character that JSON escapes split over two chunks."""
        text, self._half = self._half + text, ""
        if text.isascii():
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        if _SURROGATE.search(text):
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text

    def _call_delta(self, delta: Mapping[str, Any]) -> tuple[_Building, str]:
        function = delta.get("function")
        function = function if isinstance(function, Mapping) else {}
        name = function["name"] if isinstance(function.get("name"), str) else ""
        building = self._building(delta.get("index"), delta.get("id") or None, name)
        building.name = building.name or name
        text = _arguments(function.get("arguments"))
        self._grow(text)
        building.arguments.append(text)
        return building, text

    def _building(self, index: Any, provider_id: Any, name: str) -> _Building:
        """Return the call a piece belongs to: a new id, or a new name after whole arguments, begins one."""
        known = isinstance(index, int)
        current = self._by_index.get(index) if known else (self._calls[-1] if self._calls else None)
        if current is not None and not _begins_another(current, provider_id, name):
            current.provider_id = current.provider_id or provider_id
            return current
        if len(self._calls) >= MAX_CALLS:
            raise AnswerTooLarge(f"more than {MAX_CALLS} tool calls")
        current = _Building(provider_id)
        self._calls.append(current)
        if known:
            self._by_index[index] = current
        return current

    def _grow(self, text: str) -> None:
        self._size += len(text)
        if self._size > MAX_CONTENT:
            raise AnswerTooLarge(f"the answer is longer than {MAX_CONTENT} characters")


def call_id(number: int) -> str:
    """Return our id of a call by its position in the request: nine letters and digits, as Mistral wants."""
    return f"c{number:08d}"


def _begins_another(current: _Building, provider_id: Any, name: str) -> bool:
    if provider_id and current.provider_id:
        return bool(provider_id != current.provider_id)
    return bool(name and current.name and _is_whole("".join(current.arguments)))


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _index(choice: Mapping[str, Any]) -> int:
    index = choice.get("index")
    return index if isinstance(index, int) else 0


def _text(content: Any) -> str:
    """Return the text of a content field: a string, or a list of text parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(_text(part.get("text")) for part in content if isinstance(part, Mapping))
    return ""


def _arguments(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    return json.dumps(arguments) if isinstance(arguments, Mapping) else ""


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**31 else None


def _error_text(error: Any) -> str:
    message = error.get("message") if isinstance(error, Mapping) else error
    return str(message)[:200]
