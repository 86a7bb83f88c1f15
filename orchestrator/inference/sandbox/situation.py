"""What the responder knows: all of it read from the request's messages, nothing kept between requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orchestrator.inference.sandbox.numbers import order_ids
from orchestrator.inference.sandbox.tooling import Action, fits

NOT_OURS = ("colleague", "notice")
"""Intents under which the history keeps what a human or the gateway itself said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What an action of this turn brought; `arguments` are those it was asked with."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    ok: bool
    data: Any = None
    error: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One text of the customer and what was decided about it so far."""

    text: str
    decisions: tuple[Mapping[str, Any], ...] = ()
    results: tuple[Result, ...] = ()

    @property
    def last(self) -> Mapping[str, Any]:
        """The last decision; empty while there is none."""
        return self.decisions[-1] if self.decisions else {}

    @property
    def intent(self) -> str:
        """What the turn was about."""
        return str(self.last.get("intent") or "")

    @property
    def reply(self) -> str:
        """What the customer was told in the end."""
        return str(self.last.get("reply") or "").strip()

    @property
    def asked(self) -> bool:
        """Whether it ended with a question to the customer: the responder ends with "?" only then."""
        return self.reply.endswith("?") and not self.last.get("handoff")


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A knowledge passage as the prompt or a search offers it."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """One step of a turn: the tools offered, the turns before, this turn's text and results."""

    language: str
    now: datetime
    turn: Turn
    past: tuple[Turn, ...] = ()
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    name: str | None = None
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
    def before(self) -> Turn:
        """The turn before this one; an empty one at the start."""
        return self.past[-1] if self.past else Turn(text="")

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

    def action(self, tool: str, **arguments: Any) -> Action | None:
        """Propose a tool call; None when the tool is not offered or does not take these arguments."""
        schema = self.tools.get(tool)
        return None if schema is None else fits(tool, arguments, schema)

    def result(self, tool: str, **arguments: Any) -> Result | None:
        """This turn's last result of a tool that was not asked with other arguments."""
        wanted = arguments.items()
        fitting = (
            one
            for one in reversed(self.turn.results)
            if one.tool == tool
            and all(str(one.arguments.get(key, want)) == str(want) for key, want in wanted)
        )
        return next(fitting, None)

    def orders(self, text: str) -> tuple[str, ...]:
        """The order numbers in a text; else those of the whole message; else the last one talked about."""
        return order_ids(text) or order_ids(self.turn.text) or self.earlier_order()

    def earlier_order(self) -> tuple[str, ...]:
        """The last order number talked about in the turns before, if any."""
        for turn in reversed(self.past):
            asked = [str(action["order_id"]) for action in _arguments(turn) if "order_id" in action]
            found = tuple(asked) or order_ids(turn.text)
            if found:
                return found[-1:]
        return ()


def _arguments(turn: Turn) -> Sequence[Mapping[str, Any]]:
    actions = [action for decision in turn.decisions for action in decision.get("actions") or ()]
    return [action["arguments"] for action in actions]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
