"""Writes the body of one request, byte for byte what the SDK's own call would send.

The thread is spliced in as it was stored; encoding it anew for each request is what makes the plain
call expensive (docs/adr).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from guardrails.decision import RESPOND, decision_schema
from orchestrator.inference.catalog import Model
from orchestrator.inference.errors import HttpRefused
from orchestrator.inference.rendering import compact, render, sanitised
from orchestrator.inference.types import Prompt, Tools

_NOT_FOR_PROVIDERS = ("$schema", "$id", "title", "anyOf")
_JSON_REMINDER = "\n\nAnswer with one JSON object."


def request_body(
    prompt: Prompt,
    *,
    model: str,
    abilities: Abilities,
    max_tokens: int,
    temperature: float | None = None,
    tools: Tools = (),
    extra: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Return the JSON body; `extra` are messages after the turn's own (repair, nudge).

    `response_format` and `tools` never travel together: constrained decoding then suppresses calls
    (vllm #39929). What UTF-8 can't hold becomes "?".
    """
    messages = [_system(prompt.system, json_mode=abilities.json_mode != "none" and not abilities.native)]
    rendered = render(prompt.messages, prompt.steps, native=abilities.native)
    if extra:
        rendered = sanitised([*rendered, *extra])
    if abilities.empty_content:
        rendered = [{**each, "content": each.get("content") or ""} for each in rendered]
    parts = [compact(messages[0]), prompt.thread, *map(compact, rendered)]
    fields = {"max_completion_tokens" if abilities.completion_tokens else "max_tokens": max_tokens}
    settings = compact({**fields, **_settings(abilities, temperature, tools)})[1:]
    head = f'{{"model":{compact(model)},"stream":true,"messages":['
    return (head + ",".join(filter(None, parts)) + "]," + settings).encode("utf-8", "replace")


def prompt_size(prompt: Prompt) -> int:
    """Return roughly how many bytes of text the prompt is."""
    texts = [prompt.system, prompt.thread]
    texts += [str(each.get("content")) for each in prompt.messages]
    for step in prompt.steps:
        texts += [step.decision.canonical(), *(str(each.result) for each in step.outcomes)]
    return sum(len(each) if each.isascii() else len(each.encode("utf-8", "replace")) for each in texts)


def _settings(abilities: Abilities, temperature: float | None, tools: Tools) -> dict[str, Any]:
    """Return the parameters after max_tokens, in the SDK's order."""
    settings: dict[str, Any] = {}
    if not abilities.native and abilities.json_mode != "none":
        settings["response_format"] = _response_format(abilities.json_mode)
    settings["stream_options"] = {"include_usage": True}
    if temperature is not None:
        settings["temperature"] = temperature
    if abilities.native:
        settings["tools"] = [*map(_function, tools), _respond()]
    return {name: value for name, value in settings.items() if name not in abilities.dropped}


def _system(text: str, *, json_mode: bool) -> dict[str, Any]:
    # JSON mode is refused unless some message says the word, also after a compaction took it away
    if json_mode and "json" not in text.lower():
        text += _JSON_REMINDER
    return {"role": "system", "content": text}


def _response_format(mode: str) -> dict[str, Any]:
    if mode == "object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": "decision", "schema": provider_schema()}}


def _function(tool: Any) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
    return {"type": "function", "function": function}


@cache
def _respond() -> dict[str, Any]:
    function = {
        "name": RESPOND,
        "description": "Give the decision of this step: the reply to the customer and all that goes with it.",
        "parameters": provider_schema(),
    }
    return {"type": "function", "function": function}


@cache
def provider_schema() -> dict[str, Any]:
    """Return the decision schema without what providers refuse at the top level of a schema."""
    return {name: value for name, value in decision_schema().items() if name not in _NOT_FOR_PROVIDERS}


JsonMode = Literal["object", "schema", "none"]
DROPPABLE = ("stream_options", "temperature")

_CONTEXT = re.compile(
    r"context.{0,20}(?:length|window|size)|maximum context|too many tokens|prompt is too long"
    r"|reduce the length|input is too long|exceeds? the (?:model'?s )?(?:maximum|limit)[^.]{0,40}tokens",
    re.IGNORECASE,
)
_NULL_CONTENT = re.compile(r"content.{0,80}(?:null|none\b|nonetype|string)", re.IGNORECASE | re.DOTALL)
_JSON_WORD = re.compile(r"contain the word|word .?json", re.IGNORECASE)
_JSON_MODE_WORDS = ("response_format", "json_object", "json_schema")
_NUMBER = re.compile(r"\d{3,7}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Abilities:
    """How a model has to be asked: what to leave out, what to call things, what to limit."""

    json_mode: JsonMode
    native: bool
    dropped: frozenset[str] = frozenset()
    empty_content: bool = False
    completion_tokens: bool = False
    token_limit: int | None = None


@dataclass(slots=True)
class KnownAbilities:
    """What is known of each model, beginning with its catalog entry; kept in this process."""

    _known: dict[str, Abilities] = field(default_factory=dict)

    def of(self, model: Model) -> Abilities:
        """Return how to ask `model`."""
        return self._known.get(model.name) or Abilities(
            json_mode=model.json_mode, native=model.tools == "native"
        )

    def learn(self, model: Model, error: HttpRefused) -> bool:
        """Take a refusal; True when asking again in another way may help."""
        if error.status not in (400, 422, 501):
            return False
        before = self.of(model)
        after = _learned(before, f"{error.message} {error.param}".lower(), model.max_tokens)
        if after == before:
            return False
        self._known[model.name] = after
        return True


def is_context_too_long(error: HttpRefused) -> bool:
    """Say whether a refusal means that the prompt is too long."""
    if error.status == 413:
        return True
    return error.status in (400, 422) and bool(_CONTEXT.search(f"{error.message} {error.param}"))


def _learned(known: Abilities, text: str, max_tokens: int) -> Abilities:
    if _JSON_WORD.search(text) or any(word in text for word in _JSON_MODE_WORDS):
        return replace(known, json_mode=_next_json_mode(known.json_mode, text))
    if "max_completion_tokens" in text:
        return replace(known, completion_tokens=not known.completion_tokens)
    if "max_tokens" in text:
        return replace(known, token_limit=_lower_limit(known.token_limit or max_tokens, text))
    named = frozenset(name for name in DROPPABLE if name in text)
    if named - known.dropped:
        return replace(known, dropped=known.dropped | named)
    return _learned_about_tools(known, text) if known.native else known


def _learned_about_tools(known: Abilities, text: str) -> Abilities:
    if _NULL_CONTENT.search(text) and not known.empty_content:
        return replace(known, empty_content=True)
    if "tool" in text or "function" in text:
        return replace(known, native=False)
    return known


def _next_json_mode(mode: JsonMode, text: str) -> JsonMode:
    wants_schema = "json_schema" in text and not _JSON_WORD.search(text)
    return "schema" if mode == "object" and wants_schema else "none"


def _lower_limit(limit: int, text: str) -> int:
    named = [int(number) for number in _NUMBER.findall(text) if int(number) < limit]
    return max([64, *named]) if named else max(64, limit // 2)
