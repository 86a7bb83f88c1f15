"""The decision gate: nothing is said and nothing runs before a whole decision passes here.

Source of the shape: decision.schema.json beside this file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from guardrails.json_text import NotAnObject, clean_text, find_object, load_object
from guardrails.thoughts import has_tag, visible_text
from guardrails.tool_schemas import MAX_PROBLEMS, ToolSchemas, sentences

RESPOND = "respond"
"""The tool through which a model with native function calling gives its decision."""

UNDETERMINED = "und"
"""BCP 47 for a language nobody named: a native model that answers in plain text does not."""

_CALL_AS_TEXT = re.compile(
    r"<\|?tool_?calls?\b|<function[=_]|<invoke\b|\[TOOL_CALLS\]|<\|python_tag\|>|<｜tool", re.IGNORECASE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """A tool the model wants to run, with arguments that passed the tool's schema."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Handoff:
    """The model's wish to hand the conversation to a human; priority is low, normal, high or urgent."""

    reason: str
    priority: str = "normal"


@dataclass(frozen=True, kw_only=True, slots=True)
class Remember:
    """A fact about the customer to keep."""

    key: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What the model decided for one step of a turn.

    `coerced` names the arguments that came double-encoded and were decoded once, for the log.
    """

    intent: str
    language: str
    actions: tuple[Action, ...]
    handoff: Handoff | None
    citations: tuple[str, ...]
    reply: str
    remember: tuple[Remember, ...]
    resolved: bool
    coerced: tuple[str, ...] = ()

    def canonical(self) -> str:
        """Return the decision as compact JSON in the schema's order; empty optional fields are left out."""
        fields: dict[str, Any] = {
            "intent": self.intent,
            "language": self.language,
            "actions": [{"tool": each.tool, "arguments": each.arguments} for each in self.actions],
        }
        if self.handoff:
            fields["handoff"] = {"reason": self.handoff.reason, "priority": self.handoff.priority}
        if self.citations:
            fields["citations"] = self.citations
        fields["reply"] = self.reply
        if self.remember:
            fields["remember"] = [{"key": each.key, "value": each.value} for each in self.remember]
        if self.resolved:
            fields["resolved"] = True
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


class DecisionError(ValueError):
    """The answer is no valid decision.

    `problems` are short sentences for the model; `truncated` says that the answer was cut off, in
    which case nothing in it may be used and it must be asked for again, never mended.
    """

    def __init__(self, problems: Iterable[str], *, truncated: bool = False) -> None:
        self.problems = tuple(problems)[:MAX_PROBLEMS]
        self.truncated = truncated
        super().__init__("; ".join(self.problems))


class DecisionGate:
    """The gate for one set of tools; its validators are compiled once and may be shared by tasks.

    `tools` is taken as liberally as ToolSchemas says.
    """

    def __init__(self, tools: Any) -> None:
        self._tools = ToolSchemas(tools)

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools on offer."""
        return self._tools.names

    def parse(self, text: str | None) -> Decision:
        """Return the decision in a model's text; raises DecisionError and nothing else."""
        if not text or not text.strip():
            raise DecisionError(["the answer is empty"])
        try:
            return self.check(find_object(text))
        except NotAnObject as error:
            raise DecisionError([error.problem], truncated=error.truncated) from None

    def from_calls(self, calls: Iterable[Any], text: str | None) -> Decision:
        """Return the decision in native tool calls and the text beside them.

        Each call has `name` and `arguments` (a JSON string or a mapping), as attributes or keys. A
        call of `respond` brings a whole decision, to which the other calls are added as actions. Without
        it the text is the reply, in the language `und`. Raises DecisionError and nothing else.
        """
        named = [_call(each) for each in calls]
        try:
            read = [(name, load_object(raw) if isinstance(raw, str) else raw) for name, raw in named]
        except NotAnObject as error:
            raise DecisionError([f"tool arguments: {error.problem}"], truncated=error.truncated) from None
        answers = [value for name, value in read if name == RESPOND]
        if any(each != answers[0] for each in answers[1:]):
            raise DecisionError([f"{RESPOND} was called more than once; call it exactly once"])
        if not read and _looks_like_json(text or ""):
            return self.parse(text)
        actions = [{"tool": name, "arguments": value} for name, value in read if name != RESPOND]
        return self.check(_joined(answers[0], actions) if answers else _spoken(text or "", actions))

    def check(self, value: Mapping[str, Any]) -> Decision:
        """Return the decision in an already read JSON object; raises DecisionError."""
        value, coerced = self._decoded(dict(value))
        problems = sentences(_decision_validator().iter_errors(value))
        if not problems:
            value["reply"] = visible_text(value["reply"])
            problems = [*self._action_problems(value["actions"]), *_reply_problems(value)]
        if problems:
            raise DecisionError(problems)
        return _decision(value, coerced)

    def _decoded(self, value: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Undo double encoding in the actions' arguments; everything else stays as it came."""
        actions = value.get("actions")
        if not isinstance(actions, list):
            return value, ()
        decoded, coerced = [], []
        for index, action in enumerate(actions):
            each, names = self._decoded_action(action)
            decoded.append(each)
            coerced += [f"actions[{index}].{name}" for name in names]
        return {**value, "actions": decoded}, tuple(coerced)

    def _decoded_action(self, action: Any) -> tuple[Any, list[str]]:
        if not isinstance(action, Mapping) or "arguments" not in action:
            return action, []
        arguments, names = action["arguments"], []
        if isinstance(arguments, str):
            arguments, names = _opened(arguments), ["arguments"] if arguments.strip() else []
        if isinstance(arguments, dict) and isinstance(action.get("tool"), str):
            arguments, inner = self._tools.decode(action["tool"], arguments)
            names = [*names, *(f"arguments.{name}" for name in inner)]
        return {**action, "arguments": arguments}, names

    def _action_problems(self, actions: list[Any]) -> list[str]:
        problems = []
        for index, action in enumerate(actions):
            root = f"actions[{index}].arguments"
            problems += self._tools.problems(action["tool"], action["arguments"], root)
        return problems


def parse_decision(text: str | None, tools: Any) -> Decision:
    """Return the decision in a model's text, checked against decision.schema.json and the tools' schemas.

    Raises DecisionError. For many texts with the same tools, keep a DecisionGate.
    """
    return DecisionGate(tools).parse(text)


def is_call_as_text(text: str) -> bool:
    """Say whether a tool call stands in the text as text, which no customer may see."""
    return bool(_CALL_AS_TEXT.search(text))


@cache
def decision_schema() -> dict[str, Any]:
    """Return decision.schema.json; callers must not change it."""
    schema: dict[str, Any] = json.loads((Path(__file__).parent / "decision.schema.json").read_bytes())
    return schema


@cache
def _decision_validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(decision_schema())
    return Draft202012Validator(decision_schema())


def _call(call: Any) -> tuple[str, Any]:
    if isinstance(call, Mapping):
        inner = call.get("function", call)
        return str(inner.get("name") or ""), inner.get("arguments") or ""
    return str(getattr(call, "name", None) or ""), getattr(call, "arguments", None) or ""


def _opened(arguments: str) -> Any:
    """Return arguments that came as one JSON string, '' as {}; what can't be read stays as it is."""
    try:
        return load_object(arguments)
    except NotAnObject:
        return arguments


def _looks_like_json(text: str) -> bool:
    return visible_text(text).lstrip().startswith(("{", "```"))


def _joined(answer: Any, actions: list[dict[str, Any]]) -> dict[str, Any]:
    own = answer.get("actions") if isinstance(answer, Mapping) else None
    if not isinstance(answer, Mapping) or not isinstance(own, list):
        return dict(answer) if isinstance(answer, Mapping) else {}
    return {**answer, "actions": [*own, *(each for each in actions if each not in own)]}


def _spoken(text: str, actions: list[dict[str, Any]]) -> dict[str, Any]:
    intent = "use_tools" if actions else "reply"
    reply = clean_text(visible_text(text)).strip()
    return {"intent": intent, "language": UNDETERMINED, "actions": actions, "reply": reply}


def _reply_problems(value: Mapping[str, Any]) -> list[str]:
    reply = value["reply"]
    if not reply.strip() and not value["actions"] and not value.get("handoff"):
        return ["reply is empty, and there is neither an action nor a handoff"]
    if is_call_as_text(reply):
        return ["reply holds a tool call written as text; tools run only through actions"]
    if has_tag(reply):
        return ["reply holds reasoning tags; it must hold only what the customer is to read"]
    return []


def _decision(value: Mapping[str, Any], coerced: tuple[str, ...]) -> Decision:
    handoff = value.get("handoff")
    return Decision(
        intent=value["intent"],
        language=value["language"].strip(),  # `$` in the pattern lets one line break pass
        actions=tuple(Action(tool=each["tool"], arguments=each["arguments"]) for each in value["actions"]),
        handoff=Handoff(reason=handoff["reason"], priority=handoff.get("priority", "normal"))
        if handoff
        else None,
        citations=tuple(value.get("citations", ())),
        reply=value["reply"],
        remember=tuple(
            Remember(key=each["key"].strip(), value=each["value"]) for each in value.get("remember", ())
        ),
        resolved=value.get("resolved", False),
        coerced=coerced,
    )
