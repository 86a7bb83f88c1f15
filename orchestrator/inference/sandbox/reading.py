"""Reads a request's messages into a Situation; tolerant of everything but the wire format itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from orchestrator.inference.sandbox.language import detect, supported
from orchestrator.inference.sandbox.situation import EPOCH, Passage, Result, Situation, Turn
from orchestrator.mail.folding import answer_only

RESULTS = "ACTION RESULTS:"
_LINE = re.compile(r"^(TOOLS|CONTEXT): (.*)$", re.MULTILINE)


def read_situation(messages: Sequence[Mapping[str, Any]]) -> Situation:
    """Turn the messages of one request into what the responder needs."""
    system = "\n".join(
        content_text(m.get("content")) for m in messages if m.get("role") in ("system", "developer")
    )
    lines = {name: _json(value) for name, value in _LINE.findall(system)}
    context = lines.get("CONTEXT")
    context = context if isinstance(context, dict) else {}
    turns = _turns(messages) or [Turn(text="")]
    return Situation(
        language=_language(turns, context),
        now=_now(context.get("now")),
        turn=turns[-1],
        past=tuple(turns[:-1]),
        tools=_tools(lines.get("TOOLS")),
        passages=read_passages(context.get("passages")),
        name=_name(context),
        trust=_trust(context.get("trust")),
        waiting=_waiting(context.get("waiting")),
        reach=_reach(context.get("colleague")),
        spoken=context.get("channel") == "voice",
    )


def read_passages(value: Any) -> tuple[Passage, ...]:
    """Passages from the context, or from a search result (a list, or an object with `passages`)."""
    items = value.get("passages") if isinstance(value, dict) else value
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return tuple(
        Passage(id=str(item["id"]), title=str(item.get("title") or ""), text=str(item["text"]))
        for item in found
        if item.get("id") and item.get("text")
    )


def content_text(content: Any) -> str:
    """The text of a message: a string, or the text parts of a list."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "\n".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


def _turns(messages: Iterable[Mapping[str, Any]]) -> list[Turn]:
    turns: list[Turn] = []
    for message in messages:
        text = answer_only(content_text(message.get("content")))
        if message.get("role") == "assistant":
            turn = turns.pop() if turns else Turn(text="")
            turns.append(
                Turn(text=turn.text, decisions=(*turn.decisions, _decision(text)), results=turn.results)
            )
        elif message.get("role") == "user" and text.startswith(RESULTS) and turns:
            turns.append(_with_results(turns.pop(), _json(text.removeprefix(RESULTS).strip())))
        elif message.get("role") == "user" and turns and not turns[-1].decisions:
            turns.append(Turn(text=f"{turns.pop().text}\n{text}"))  # several messages before an answer
        elif message.get("role") == "user":
            turns.append(Turn(text=text))
    return turns


def _decision(text: str) -> Mapping[str, Any]:
    """A decision out of the history; plain text counts as a reply."""
    value = _json(text)
    if not isinstance(value, dict) or not isinstance(value.get("reply", ""), str):
        return {"reply": text}
    actions = value.get("actions")
    good = [a for a in actions if _is_action(a)] if isinstance(actions, list) else []
    return {**value, "actions": good}


def _is_action(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("arguments"), dict) and bool(value.get("tool"))


def _with_results(turn: Turn, value: Any) -> Turn:
    """Give each result the arguments of the next action of the same tool."""
    open_actions = [action for decision in turn.decisions for action in decision.get("actions") or ()]
    for done in turn.results:
        _take(open_actions, done.tool)
    found = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    results = [_result(item, _take(open_actions, str(item.get("tool")))) for item in found]
    return Turn(text=turn.text, decisions=turn.decisions, results=(*turn.results, *results))


def _take(actions: list[Mapping[str, Any]], tool: str) -> Mapping[str, Any]:
    at = next((number for number, action in enumerate(actions) if action["tool"] == tool), None)
    return {} if at is None else dict(actions.pop(at)["arguments"])


def _result(item: Mapping[str, Any], arguments: Mapping[str, Any]) -> Result:
    return Result(
        id=str(item.get("id") or ""),
        tool=str(item.get("tool") or ""),
        arguments=arguments,
        ok=item.get("ok") is True,
        data=item.get("data"),
        error=str(item.get("error") or ""),
        message=str(item.get("message") or ""),
    )


def _tools(value: Any) -> dict[str, Mapping[str, Any]]:
    listed = value if isinstance(value, list) else []
    good = [tool for tool in listed if isinstance(tool, dict) and isinstance(tool.get("parameters"), dict)]
    return {str(tool["name"]): tool["parameters"] for tool in good if tool.get("name")}


def _language(turns: Sequence[Turn], context: Mapping[str, Any]) -> str:
    """The language of the text; where it does not tell, that of the conversation, then of the customer."""
    said = detect(turns[-1].text)
    spoken = (supported(str(turn.last.get("language") or "")) for turn in reversed(turns[:-1]))
    known = context.get("language")
    return (
        said
        or next(filter(None, spoken), None)
        or supported(known if isinstance(known, str) else None)
        or "en"
    )


def _waiting(value: Any) -> tuple[tuple[str, str], ...]:
    listed = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    return tuple((str(item.get("id")), str(item.get("what"))) for item in listed)


def _reach(value: Any) -> str | None:
    address = value.get("answer_goes_to") if isinstance(value, dict) else None
    return address if isinstance(address, str) else None


def _name(context: Mapping[str, Any]) -> str | None:
    facts = context.get("facts")
    remembered = facts.get("name") if isinstance(facts, dict) else None
    name = context.get("name") or remembered
    return name if isinstance(name, str) else None


def _trust(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _now(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else EPOCH
    except ValueError:
        return EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
