"""Writes the body of one request, byte for byte what the SDK's own call would send.

The thread is spliced in as it was stored; encoding it anew for each request is what makes the plain
call expensive (docs/adr).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from guardrails.decision import RESPOND, decision_schema
from orchestrator.inference.abilities import Abilities
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
