"""What one intent contributes to the decision, and how the parts become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.inference.sandbox.tooling import Action

LONGEST_REPLY = 7_500  # characters; the schema allows 8,000
MOST_ACTIONS = 5
MOST_CITATIONS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The answer of one intent at this step. With actions, `reply` is only the remark made meanwhile.

    `question` ends the whole reply: what the customer is asked for, or offered; it ends with "?".
    """

    intent: str
    reply: str = ""
    question: str = ""
    actions: tuple[Action, ...] = ()
    citations: tuple[str, ...] = ()
    handoff: str | None = None
    priority: str = "normal"
    remember: tuple[tuple[str, str], ...] = ()
    resolved: bool = False


def merge(parts: Sequence[Part], language: str, preface: str) -> dict[str, Any]:
    """Make one decision of the parts; while any part needs actions, only they are decided.

    `preface` opens the reply unless actions come first.
    """
    acting = [part for part in parts if part.actions]
    chosen = acting or parts
    asking = next((part for part in chosen if part.question), None)
    handing = None if acting else next((part for part in chosen if part.handoff), None)
    question = asking.question if asking and not handing else ""
    said = [] if acting or not preface else [preface]
    decision: dict[str, Any] = {
        "intent": (handing or asking or chosen[0]).intent,
        "language": language,
        "actions": [
            {"tool": action.tool, "arguments": dict(action.arguments)}
            for action in _actions(acting)[:MOST_ACTIONS]
        ],
    }
    if handing:
        decision["handoff"] = {"reason": (handing.handoff or "")[:500], "priority": handing.priority}
    if not acting:
        decision["citations"] = list(_unique(c for part in chosen for c in part.citations))[:MOST_CITATIONS]
    texts = _unique(filter(None, [*said, *(part.reply for part in chosen), question]))
    decision["reply"] = "\n\n".join(texts)[:LONGEST_REPLY]
    remember = [{"key": key, "value": value} for part in chosen for key, value in part.remember]
    if remember:
        decision["remember"] = remember[:5]
    if not acting and not question and all(part.resolved for part in chosen):
        decision["resolved"] = True
    return decision


def _actions(parts: Iterable[Part]) -> list[Action]:
    found: list[Action] = []
    for part in parts:
        found += [action for action in part.actions if action not in found]
    return found


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
