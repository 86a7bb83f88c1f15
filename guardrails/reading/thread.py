"""What the earlier turns of a conversation prove, and what was merely said in them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guardrails.reading.results import Outcome, read_json, read_outcome

RESULTS = "ACTION RESULTS: "
"""What the message with the results of actions begins with; a customer's own words never do."""


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """The results of earlier actions, their text, what the customer said, and what they were told."""

    outcomes: tuple[Outcome, ...]
    proven: tuple[str, ...]
    said: tuple[str, ...]
    replies: tuple[str, ...]

    @property
    def everything(self) -> tuple[str, ...]:
        """Return all texts."""
        return (*self.proven, *self.said, *self.replies)


def read_thread(thread: str) -> ThreadFacts:
    """Return the facts of earlier turns (JSON messages joined by commas); what is no JSON was merely said."""
    messages = read_json(f"[{thread}]") if thread else []
    if not isinstance(messages, list):
        return ThreadFacts((), (), (thread,), ())
    outcomes: list[Outcome] = []
    said: list[str] = []
    replies: list[str] = []
    called: list[Mapping[str, Any]] = []
    for message in messages:
        role, content = _parts(message)
        if role == "assistant":
            decision = read_json(content)
            called = _actions(decision)
            replies += _reply(decision)
        elif content.startswith(RESULTS):
            outcomes += _outcomes(content.removeprefix(RESULTS), called)
        else:
            said.append(content)
    return ThreadFacts(tuple(outcomes), tuple(each.text for each in outcomes), tuple(said), tuple(replies))


def _parts(message: Any) -> tuple[str, str]:
    if not isinstance(message, Mapping):
        return "", str(message)
    return str(message.get("role")), str(message.get("content") or "")


def _actions(decision: Any) -> list[Mapping[str, Any]]:
    actions = decision.get("actions") if isinstance(decision, Mapping) else None
    return [each for each in actions if isinstance(each, Mapping)] if isinstance(actions, list) else []


def _reply(decision: Any) -> list[str]:
    """Return what the customer was told; a remark beside actions was not reviewed as a whole."""
    if isinstance(decision, str):
        return [decision]
    if not isinstance(decision, Mapping) or decision.get("actions"):
        return []
    return [str(decision.get("reply") or "")]


def _outcomes(text: str, called: list[Mapping[str, Any]]) -> Iterator[Outcome]:
    """Return each result, with the arguments of the call it answers."""
    try:
        results = json.loads(text)
    except (ValueError, RecursionError):
        return
    for place, result in enumerate(results if isinstance(results, list) else ()):
        if isinstance(result, Mapping):
            arguments = called[place].get("arguments") if place < len(called) else None
            yield read_outcome({**result, "arguments": arguments or {}})
