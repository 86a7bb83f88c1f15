"""Puts one answer together from the chunks of a stream or from one whole response; says what it is worth.

Source of the shapes: OpenAI API reference, "Chat completions" (object and streaming chunk), and how
compatible servers depart from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guardrails.decision import RESPOND, Decision, DecisionError, DecisionGate
from orchestrator.inference.errors import AnswerTooLarge, ErrorEvent, Whitespace

MAX_CONTENT = 262_144  # characters of content and arguments together
MAX_CALLS = 32
BLANK_OUTSIDE = 256  # characters of white space in one run between tokens; indentation stays far below
BLANK_INSIDE = 4096  # within a string

_SURROGATE = re.compile("[\ud800-\udfff]")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_CALLS = ("tool_calls", "function_call")


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


@dataclass(slots=True)
class AnswerDelta:
    """What a block of chunks added: text, and text of the `respond` call's arguments."""

    content: str = ""
    respond: str = ""
    other: bool = False

    def __bool__(self) -> bool:
        return bool(self.content or self.respond or self.other)


@dataclass(slots=True)
class Assembly:
    """Merges chunks, block by block as they arrive."""

    chunks: int = 0
    """How many were merged."""
    _content: list[str] = field(default_factory=list)
    _calls: list[_Building] = field(default_factory=list)
    _by_index: dict[int, _Building] = field(default_factory=dict)
    _finish: str | None = None
    _refusal: str = ""
    _usage: Mapping[str, Any] = field(default_factory=dict)
    _choice: int | None = None
    _half: str = ""
    _size: int = 0
    _blank: int = 0
    _in_string: bool = False

    @property
    def finished(self) -> bool:
        """Whether a finish reason has been seen."""
        return self._finish is not None

    def take(self, chunks: Iterable[Mapping[str, Any]], added: AnswerDelta) -> None:
        """Merge a block of chunks (or one whole response) and tell in `added` what they brought.

        Raises ErrorEvent, AnswerTooLarge or Whitespace; what came before it is merged.
        """
        texts: list[str] = []
        try:
            for chunk in chunks:
                self._chunk(chunk, texts, added)
                self.chunks += 1
        finally:
            text = self._joined("".join(texts))
            if text:
                self._content.append(text)
                added.content += text
        if text:
            self._watch_blanks(text)

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

    def _chunk(self, chunk: Mapping[str, Any], texts: list[str], added: AnswerDelta) -> None:
        if chunk.get("error"):
            raise ErrorEvent(_error_text(chunk["error"]))
        if isinstance(chunk.get("usage"), dict):
            self._usage = chunk["usage"]
        choice = self._own_choice(chunk.get("choices"))
        if choice is None:
            return
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            self._merge(delta, texts, added)
        finish = choice.get("finish_reason")
        if finish and isinstance(finish, str):
            self._finish = finish

    def _own_choice(self, choices: Any) -> Mapping[str, Any] | None:
        """Return the choice this answer follows: the one with index 0, else the first ever seen."""
        if isinstance(choices, list) and len(choices) == 1 and isinstance(choices[0], dict):
            index = _index(choices[0])
            if self._choice is None:
                self._choice = index
            return choices[0] if index == self._choice else None
        usable = [each for each in choices if isinstance(each, dict)] if isinstance(choices, list) else []
        if not usable:
            return None
        if self._choice is None:
            indexes = [_index(each) for each in usable]
            self._choice = 0 if 0 in indexes else indexes[0]
        return next((each for each in usable if _index(each) == self._choice), None)

    def _merge(self, delta: Mapping[str, Any], texts: list[str], added: AnswerDelta) -> None:
        content = delta.get("content")
        if content:
            texts.append(text := _text(content))
            self._grow(text)
        if isinstance(delta.get("refusal"), str):
            self._refusal = (self._refusal + delta["refusal"])[:2000]
        for call in delta.get("tool_calls") or ():
            if isinstance(call, dict):
                building, text = self._call_delta(call)
                added.other = True
                added.respond += text if building.name == RESPOND else ""

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

    def _watch_blanks(self, text: str) -> None:
        """Raise Whitespace once a run is longer than an answer can need: models can write it without end."""
        stripped = text.rstrip()
        if stripped:
            self._blank, self._in_string = 0, False
        self._blank += len(text) - len(stripped)
        if self._blank <= BLANK_OUTSIDE or (self._in_string and self._blank <= BLANK_INSIDE):
            return
        self._in_string = '"' in _STRING.sub("", "".join(self._content))
        if self._blank > BLANK_INSIDE or not self._in_string:
            raise Whitespace(f"a run of {self._blank} blank characters")

    def _call_delta(self, delta: Mapping[str, Any]) -> tuple[_Building, str]:
        function = delta.get("function")
        function = function if isinstance(function, dict) else {}
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
        return "".join(_text(part.get("text")) for part in content if isinstance(part, dict))
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


def recorded_answer(
    content: str | None, calls: Iterable[Mapping[str, Any]] | None, finish_reason: str | None
) -> ModelAnswer:
    """Return an answer as the ledger keeps it, for a restarted process."""
    return ModelAnswer(
        content=content or "",
        calls=tuple(
            ToolCall(
                id=call_id(number), name=str(each.get("name", "")), arguments=str(each.get("arguments", ""))
            )
            for number, each in enumerate(calls or ())
        ),
        finish_reason=finish_reason,
        complete=True,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What one request came to: `outcome` as in RequestOutcome; `decision` is set exactly when it is "ok"."""

    outcome: str
    decision: Decision | None = None
    problems: tuple[str, ...] = ()
    retry_after: float | None = None


def judged(
    answer: ModelAnswer, gate: DecisionGate, *, native: bool, max_tokens: int, accept_text: bool = False
) -> Attempt:
    """Return what a finished answer is worth.

    `accept_text` takes plain text of a native model as its reply even where it announced calls that
    never came. An answer that was cut off is truncated, whatever else is wrong with it.
    """
    if answer.refusal or answer.finish_reason == "content_filter":
        return Attempt(outcome="refused", problems=("the model refused",))
    blank = not answer.content.strip()
    cut = answer.finish_reason == "length"
    if answer.calls and (cut or (answer.output_tokens or 0) >= max_tokens):
        return Attempt(outcome="truncated", problems=("the tool calls were cut off",))
    if not answer.calls and answer.finish_reason in _CALLS and (blank or (native and not accept_text)):
        return Attempt(outcome="no_calls", problems=("the answer announced tool calls and held none",))
    if blank and not answer.calls:
        outcome, problem = (
            ("truncated", "nothing was written in time") if cut else ("empty", "the answer is empty")
        )
        return Attempt(outcome=outcome, problems=(problem,))
    return _parsed(answer, gate, native=native, cut=cut)


def _parsed(answer: ModelAnswer, gate: DecisionGate, *, native: bool, cut: bool) -> Attempt:
    try:
        if native or (answer.calls and not answer.content.strip()):
            decision = gate.from_calls(answer.calls, answer.content)
            if cut:
                return Attempt(outcome="truncated", problems=("the reply was cut off",))
        else:
            decision = gate.parse(answer.content)
    except DecisionError as error:
        outcome = "truncated" if error.truncated or cut else "invalid"
        return Attempt(outcome=outcome, problems=error.problems)
    return Attempt(outcome="ok", decision=decision)
