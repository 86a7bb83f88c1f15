"""Reads back what a JSON model is sent: what was said and decided, what actions brought, what is offered.

The other side of `rendering.py` and of the turn's prompt; tolerant of everything that may stand in a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from orchestrator.inference.rendering import RESULTS
from orchestrator.mail.folding import answer_only
from tools.knowledge import Passage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOT_OURS = ("colleague", "notice")
"""Intents under which the history keeps what a human or the gateway itself said."""
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


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """One step of a turn: the exchanges before it, this turn's text and results, and what is on offer."""

    turn: Exchange
    past: tuple[Exchange, ...] = ()
    now: datetime = EPOCH
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The parameters of each tool on offer, by its name."""
    passages: tuple[Passage, ...] = ()
    name: str | None = None
    customers_language: str | None = None
    trust: int = 0
    waiting: tuple[tuple[str, str], ...] = ()
    """What waits for a colleague's yes: its id, and what it is."""
    reach: str | None = None
    """Where a colleague's answer goes, as far as the customer said so."""
    spoken: bool = False
    """Whether the answer is heard, not read."""

    @property
    def first(self) -> bool:
        """Whether the model has not answered in this conversation yet."""
        replies = [decision for turn in self.past for decision in turn.decisions if decision.get("reply")]
        return not any(reply.get("intent") not in NOT_OURS for reply in replies)

    @property
    def before(self) -> Exchange:
        """The exchange before this one; an empty one at the start."""
        return self.past[-1] if self.past else Exchange(text="")

    def pending(self, intent: str) -> bool:
        """Tell whether the last turn asked the customer for something this intent needs."""
        return self.before.asked and self.before.intent == intent

    def chain(self, intent: str) -> list[str]:
        """The customer's texts since this intent began asking, oldest first, with the one of now."""
        texts = [self.turn.text]
        for turn in reversed(self.past):
            if not turn.asked or turn.intent != intent:
                break
            texts.append(turn.text)
        return texts[::-1]

    def earlier(self, argument: str) -> str | None:
        """The value an action was last asked with for this argument."""
        asked = (action["arguments"] for turn in reversed(self.past) for action in reversed(turn.actions))
        return next((str(arguments[argument]) for arguments in asked if argument in arguments), None)

    def result(self, tool: str, **arguments: Any) -> ToolAnswer | None:
        """This turn's last result of a tool that was not asked with other arguments."""
        for one in reversed(self.turn.results):
            same = all(str(one.arguments.get(key, want)) == str(want) for key, want in arguments.items())
            if one.tool == tool and same:
                return one
        return None


def read_transcript(messages: Sequence[Mapping[str, Any]]) -> Transcript:
    """Read the messages of one request; never raises for what they say."""
    system = (content_text(m.get("content")) for m in messages if m.get("role") in ("system", "developer"))
    lines = {name: _json(value) for name, value in _LINE.findall("\n".join(system))}
    context = _table(lines.get("CONTEXT"))
    turns = _exchanges(messages)
    waiting = _tables(context.get("waiting"))
    tools = filter(_is_tool, _tables(lines.get("TOOLS")))
    return Transcript(
        turn=turns[-1],
        past=tuple(turns[:-1]),
        now=_now(context.get("now")),
        tools={str(each["name"]): each["parameters"] for each in tools},
        passages=read_passages(context.get("passages")),
        name=_text(context.get("name")) or _text(_table(context.get("facts")).get("name")),
        customers_language=_text(context.get("language")),
        trust=trust if isinstance(trust := context.get("trust"), int) else 0,
        waiting=tuple((str(each.get("id")), str(each.get("what"))) for each in waiting),
        reach=_text(_table(context.get("colleague")).get("answer_goes_to")),
        spoken=context.get("channel") == "voice",
    )


def read_passages(value: Any) -> tuple[Passage, ...]:
    """Passages from the context, or from a search result (a list, or an object with `passages`)."""
    items = _tables(value.get("passages") if isinstance(value, dict) else value)
    return tuple(
        Passage(id=str(item["id"]), title=str(item.get("title") or ""), text=str(item["text"]), score=0.0)
        for item in items
        if item.get("id") and item.get("text")
    )


def content_text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or "") for part in _tables(content))


def _exchanges(messages: Sequence[Mapping[str, Any]]) -> list[Exchange]:
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


def _decision(text: str) -> Mapping[str, Any]:
    """A decision out of the history; plain text counts as a reply."""
    value = _json(text)
    if not isinstance(value, dict) or not isinstance(value.get("reply", ""), str):
        return {"reply": text}
    actions = (each for each in _tables(value.get("actions")) if each.get("tool"))
    return {**value, "actions": [each for each in actions if isinstance(each.get("arguments"), dict)]}


def _results(turn: Exchange, text: str) -> tuple[ToolAnswer, ...]:
    """The results so far and those of a text; a tool's first belongs to its first action, and so on."""
    found = list(turn.results)
    for item in _tables(_json(text)):
        texts = {name: str(item.get(name) or "") for name in ("id", "tool", "error", "message")}
        asked = [action["arguments"] for action in turn.actions if action["tool"] == texts["tool"]]
        at = sum(one.tool == texts["tool"] for one in found)
        arguments = asked[at] if at < len(asked) else {}
        found.append(
            ToolAnswer(arguments=arguments, ok=item.get("ok") is True, data=item.get("data"), **texts)
        )
    return tuple(found)


def _is_tool(value: Mapping[str, Any]) -> bool:
    return bool(value.get("name")) and isinstance(value.get("parameters"), dict)


def _now(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else EPOCH
    except ValueError:
        return EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _json(text: str) -> Any:
    """The JSON value a text is, None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _table(value: Any) -> Mapping[str, Any]:
    """The object a value is; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> list[Mapping[str, Any]]:
    """The objects in a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
