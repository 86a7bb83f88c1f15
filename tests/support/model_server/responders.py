"""What a well-behaved model answers: functions from the messages to the text of a decision."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Responder = Callable[[Sequence[Mapping[str, Any]]], str]
"""From the messages of a request to the content of the answer."""

RESULTS = "ACTION RESULTS:"
_ORDER = re.compile(r"\b\d{4}\b")


def decision_text(**fields: Any) -> str:
    """Return a decision as JSON, in the schema's order, with plain defaults."""
    value = {"intent": "smalltalk", "language": "en", "actions": [], "citations": [], "reply": "", **fields}
    order = ("intent", "language", "actions", "handoff", "citations", "reply", "remember", "resolved")
    return json.dumps({name: value[name] for name in order if name in value}, ensure_ascii=False)


def echo(messages: Sequence[Mapping[str, Any]]) -> str:
    """Repeat what the customer wrote last."""
    texts = [str(each.get("content")) for each in messages if each.get("role") == "user"]
    written = [text for text in texts if not text.startswith(("Your last answer", RESULTS))]
    return decision_text(reply=f"You wrote: {written[-1][:200] if written else ''}")


def instant(messages: Sequence[Mapping[str, Any]]) -> str:
    """Ask for one action, then answer: what a turn with one tool call needs, from the messages alone."""
    last = messages[-1] if messages else {}
    text = _text(messages)
    if last.get("role") == "tool" or text.startswith(RESULTS):
        return decision_text(
            intent="answer", citations=_result_ids(text), reply="Thank you for waiting. Here is what I found."
        )
    order = _ORDER.search(text)
    if order:
        action = {"tool": "get_order_status", "arguments": {"order_id": order.group()}}
        return decision_text(intent="order_status", actions=[action], reply="Let me look that up.")
    arguments = {"subject": text[:80] or "Question", "description": text[:2000] or "No text"}
    action = {"tool": "create_ticket", "arguments": arguments}
    return decision_text(intent="ticket", actions=[action], reply="I am opening a ticket.")


def _text(messages: Sequence[Mapping[str, Any]]) -> str:
    content = messages[-1].get("content") if messages else ""
    return content if isinstance(content, str) else ""


def _result_ids(text: str) -> list[str]:
    try:
        results = json.loads(text.removeprefix(RESULTS).split("\n\n")[0])
    except ValueError:
        return []
    return [str(each["id"]) for each in results if isinstance(each, dict) and "id" in each][:10]
