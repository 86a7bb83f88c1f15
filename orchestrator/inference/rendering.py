"""Makes this turn's messages valid before each request, renders its steps, and says what was wrong.

One stored mistake (an orphan tool message, broken arguments, a call id used twice) makes a provider
refuse every later request of a conversation, so nothing goes out unchecked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guardrails.decision import Decision
from guardrails.json_text import NotAnObject, clean_text, load_object
from guardrails.thoughts import visible_text
from orchestrator.inference.answer import ModelAnswer, call_id
from orchestrator.inference.types import ActionOutcome, TurnStep

Message = dict[str, Any]

RESULTS = "ACTION RESULTS: "
"""What a user message with the results of actions begins with."""

_SHOWN = 4000  # characters of the model's own bad answer
_AGAIN = "Answer again with exactly one JSON object that follows the decision schema, and nothing else."
_NOTHING_RAN = "Nothing was run and nothing was shown."
_NUDGES = {
    "empty": f"Your answer was empty. {_AGAIN}",
    "whitespace": f"Your answer was only white space. {_AGAIN}",
    "too_large": f"Your answer was far too long. Keep the reply short. {_AGAIN}",
    "no_calls": "You announced a tool call, but none arrived. Call the tool now, or give your reply.",
}
_NAME = re.compile(r"[^A-Za-z0-9_-]")


def render(
    messages: Sequence[Mapping[str, Any]], steps: Sequence[TurnStep], *, native: bool
) -> list[Message]:
    """Return this turn's messages and steps as the model takes them, made valid."""
    rendered = [dict(each) for each in messages]
    for step in steps:
        rendered += _native_step(step) if native and step.outcomes else _json_step(step)
    return sanitised(rendered)


def sanitised(messages: Iterable[Mapping[str, Any]]) -> list[Message]:
    """Return the messages with every tool message behind its call, once, under an id of ours.

    Calls without a result and results without a call are dropped, broken arguments become {}, and
    neighbours of the user role are joined, because many chat templates want the roles to alternate.
    """
    messages = list(messages)
    clean: list[Message] = []
    number = 0
    for position, message in enumerate(messages):
        role = message.get("role")
        if role == "tool":
            continue  # taken along with its call
        if role == "assistant" and message.get("tool_calls"):
            block = _call_block(message, messages[position + 1 :], number)
            number += len(block) - 1
            clean += block
        elif role == "user" and clean and clean[-1]["role"] == "user":
            clean[-1] = _joined(clean[-1], message)
        else:
            clean.append(dict(message))
    return clean


def results_text(outcomes: Iterable[ActionOutcome]) -> str:
    """Return the user message that tells a JSON model what its actions brought."""
    return RESULTS + compact([_result(each) for each in outcomes])


def compact(value: Any) -> str:
    """Return JSON as the SDK writes it: no spaces, no escapes for other scripts."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def tool_call(number: int, name: str, arguments: Mapping[str, Any] | str) -> Message:
    """Return one entry of `tool_calls`; a string of arguments is made a valid object first."""
    value = _object(arguments) if isinstance(arguments, str) else arguments
    function = {"name": _NAME.sub("_", name)[:64] or "unknown", "arguments": compact(value)}
    return {"id": call_id(number), "type": "function", "function": function}


def nudge(outcome: str) -> tuple[Message, ...]:
    """Return the message for an answer that held nothing to correct."""
    return ({"role": "user", "content": _NUDGES[outcome]},)


def correction(answer: ModelAnswer, problems: Sequence[str], *, native: bool) -> tuple[Message, ...]:
    """Return the model's own answer, made valid, and what was wrong with it.

    For native calls each call gets the problems as its result; the stored arguments are valid JSON,
    because broken ones would make every later request fail.
    """
    wrong = "; ".join(problems)
    if native and answer.calls:
        calls = [tool_call(number, each.name, each.arguments) for number, each in enumerate(answer.calls)]
        result = compact({"ok": False, "error": "invalid_call", "message": f"{wrong}. {_NOTHING_RAN}"})
        results = [{"role": "tool", "tool_call_id": call["id"], "content": result} for call in calls]
        return ({"role": "assistant", "content": None, "tool_calls": calls}, *results)
    listed = "\n".join(f"- {each}" for each in problems)
    told = {
        "role": "user",
        "content": f"Your last answer was not accepted:\n{listed}\n{_NOTHING_RAN} {_AGAIN}",
    }
    shown = clean_text(visible_text(answer.content)).strip()[:_SHOWN]
    return ({"role": "assistant", "content": shown}, told) if shown else (told,)


def _json_step(step: TurnStep) -> list[Message]:
    decision: Message = {"role": "assistant", "content": step.decision.canonical()}
    if not step.outcomes:
        return [decision]
    return [decision, {"role": "user", "content": results_text(step.outcomes)}]


def _native_step(step: TurnStep) -> list[Message]:
    calls = [tool_call(number, each.tool, each.arguments) for number, each in enumerate(step.outcomes)]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": compact(_result(each))}
        for call, each in zip(calls, step.outcomes, strict=True)
    ]
    return [{"role": "assistant", "content": _remark(step.decision), "tool_calls": calls}, *results]


def _remark(decision: Decision) -> str | None:
    return decision.reply or None


def _result(outcome: ActionOutcome) -> dict[str, Any]:
    return {"id": outcome.call_id, "tool": outcome.tool, **outcome.result}


def _call_block(
    message: Mapping[str, Any], following: Sequence[Mapping[str, Any]], number: int
) -> list[Message]:
    """Return an assistant message with those of its calls that have a result, and these results."""
    results = _results_until_next(following)
    calls: list[Message] = []
    answers: list[Message] = []
    for call in message["tool_calls"]:
        result = results.pop(str(call.get("id")), None)
        if result is None:
            continue
        function = call.get("function") or {}
        own = tool_call(number + len(calls), str(function.get("name")), function.get("arguments") or "")
        calls.append(own)
        answers.append({**result, "tool_call_id": own["id"]})
    if calls:
        return [{**message, "tool_calls": calls}, *answers]
    text = message.get("content") or ""
    return [{"role": "assistant", "content": text}]


def _results_until_next(following: Sequence[Mapping[str, Any]]) -> dict[str, Message]:
    """Return the first tool message for each id, up to the next message of another role."""
    found: dict[str, Message] = {}
    for message in following:
        if message.get("role") != "tool":
            break
        found.setdefault(str(message.get("tool_call_id")), dict(message))
    return found


def _joined(first: Message, second: Mapping[str, Any]) -> Message:
    before, after = first.get("content"), second.get("content")
    if isinstance(before, str) and isinstance(after, str):
        return {**first, "content": f"{before}\n\n{after}"}
    return {**first, "content": [*_parts(before), *_parts(after)]}


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _object(arguments: str) -> dict[str, Any]:
    try:
        return load_object(arguments)
    except NotAnObject:
        return {}
