"""Reads back what a JSON model is sent: whose turn said what, what was decided, and what the actions brought.

The other side of `rendering.py`; tolerant of everything that may stand in a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestrator.inference.rendering import RESULTS
from orchestrator.mail.folding import answer_only
from tools.knowledge import Passage

_LINE = re.compile(r"^(TOOLS|CONTEXT): (.*)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolAnswer:
    """What an action of this turn brought; `arguments` are those it was asked with."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    ok: bool
    data: Any = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """One text of the customer and what was decided about it so far."""

    text: str
    decisions: tuple[Mapping[str, Any], ...] = ()
    results: tuple[ToolAnswer, ...] = ()

    @property
    def last(self) -> Mapping[str, Any]:
        """The last decision; empty while there is none."""
        return self.decisions[-1] if self.decisions else {}

    @property
    def intent(self) -> str:
        """What it was about."""
        return str(self.last.get("intent") or "")

    @property
    def reply(self) -> str:
        """What the customer was told in the end."""
        return str(self.last.get("reply") or "").strip()

    @property
    def asked(self) -> bool:
        """Whether it ended with a question to the customer."""
        return self.reply.endswith("?") and not self.last.get("handoff")

    @property
    def actions(self) -> list[Mapping[str, Any]]:
        """All actions decided on, oldest first."""
        return [action for decision in self.decisions for action in decision.get("actions") or ()]


def read_exchanges(messages: Sequence[Mapping[str, Any]]) -> list[Exchange]:
    """Return the exchanges of a thread, oldest first, at least one; texts without what was folded in them."""
    turns = [Exchange(text="")]
    for message in messages:
        text, role, last = answer_only(content_text(message.get("content"))), message.get("role"), turns[-1]
        if role == "assistant":
            turns[-1] = replace(last, decisions=(*last.decisions, _decision(text)))
        elif role == "user" and text.startswith(RESULTS.strip()):
            turns[-1] = replace(last, results=_results(last, text.removeprefix(RESULTS.strip())))
        elif role == "user" and not last.decisions:  # several messages before an answer
            turns[-1] = Exchange(text=f"{last.text}\n{text}".lstrip("\n"))
        elif role == "user":
            turns.append(Exchange(text=text))
    return turns


def content_text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or "") for part in tables(content))


def read_json(text: str) -> Any:
    """The JSON value a text is, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def table(value: Any) -> Mapping[str, Any]:
    """The object a value is; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def tables(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _decision(text: str) -> Mapping[str, Any]:
    """A decision out of the history; plain text counts as a reply."""
    value = read_json(text)
    if not isinstance(value, dict) or not isinstance(value.get("reply", ""), str):
        return {"reply": text}
    actions = (each for each in tables(value.get("actions")) if each.get("tool"))
    return {**value, "actions": [each for each in actions if isinstance(each.get("arguments"), dict)]}


def _results(turn: Exchange, text: str) -> tuple[ToolAnswer, ...]:
    """The results so far and those of a text; a tool's first belongs to its first action, and so on."""
    found = list(turn.results)
    for item in tables(read_json(text)):
        texts = {name: str(item.get(name) or "") for name in ("id", "tool", "error", "message")}
        asked = [action["arguments"] for action in turn.actions if action["tool"] == texts["tool"]]
        at = sum(one.tool == texts["tool"] for one in found)
        arguments = asked[at] if at < len(asked) else {}
        found.append(
            ToolAnswer(arguments=arguments, ok=item.get("ok") is True, data=item.get("data"), **texts)
        )
    return tuple(found)


def read_offer(
    messages: Sequence[Mapping[str, Any]],
) -> tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]:
    """Return the context of the system messages, and the parameters of the tools they offer by name."""
    system = (content_text(m.get("content")) for m in messages if m.get("role") in ("system", "developer"))
    lines = {name: read_json(value) for name, value in _LINE.findall("\n".join(system))}
    tools = {str(each["name"]): each["parameters"] for each in tables(lines.get("TOOLS")) if _is_tool(each)}
    return table(lines.get("CONTEXT")), tools


def read_passages(value: Any) -> tuple[Passage, ...]:
    """Passages from the context, or from a search result (a list, or an object with `passages`)."""
    items = tables(value.get("passages") if isinstance(value, dict) else value)
    return tuple(
        Passage(id=str(item["id"]), title=str(item.get("title") or ""), text=str(item["text"]), score=0.0)
        for item in items
        if item.get("id") and item.get("text")
    )


def _is_tool(value: Mapping[str, Any]) -> bool:
    return bool(value.get("name")) and isinstance(value.get("parameters"), dict)
