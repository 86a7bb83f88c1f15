"""The state of one running turn: what was said, what was done, what was shown."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from guardrails.decision import Action, Decision
from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.rule_book import review_reply
from guardrails.verdict import Verdict
from orchestrator.inference.types import ActionOutcome, Prompt, TurnStep
from orchestrator.people.proofs import Principal
from orchestrator.store.lease import LeaseGuard
from orchestrator.turn.context import TurnContext, evidence
from orchestrator.turn.journal import ActionJournal, RequestJournal
from orchestrator.turn.review import StreamReview

LOOP = 3
"""The same call this often in one turn is a loop."""

WAITING: Mapping[str, Any] = {
    "ok": False,
    "error": "waiting_approval",
    "message": "A colleague has to agree first. It is not done: say only that a colleague is checking.",
}
INTERRUPTED: Mapping[str, Any] = {
    "ok": False,
    "error": "in_doubt",
    "message": "It was started, then interrupted: the outcome is unknown. Do not repeat it.",
}


@dataclass(kw_only=True, slots=True)
class TurnState:
    """One turn while it runs; `ends` is the loop time by which its model requests must be over.

    `flagged` says that something it read holds instructions for the model; `waiting` names the actions left
    to a human, by language.
    """

    context: TurnContext
    guard: LeaseGuard
    journal: RequestJournal
    actions: ActionJournal
    principal: Principal
    flagged: bool
    ends: float
    thread: str
    compacted: bool = False
    step: int = 0
    steps: list[TurnStep] = field(default_factory=list)
    outcomes: list[ActionOutcome] = field(default_factory=list)
    handoff: tuple[str, str] | None = None
    in_doubt: bool = False
    waiting: list[dict[str, str]] = field(default_factory=list)
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    released: str = ""
    facts: tuple[int, Evidence] | None = None
    stream: StreamReview = field(init=False)
    """What shows the reply that is being decided."""

    @property
    def turn_id(self) -> UUID:
        """Return the turn's id."""
        return self.context.turn_id

    @property
    def conversation_id(self) -> UUID:
        """Return the conversation's id."""
        return self.context.conversation_id

    @property
    def language(self) -> str:
        """Return the customer's language of today: as their words tell, else as the model told it last."""
        told = (step.decision.language for step in reversed(self.steps))
        model = next((each for each in told if each != "und"), None)
        return self.context.said_in or model or self.context.language

    @property
    def said(self) -> list[TurnStep]:
        """Return the steps the thread keeps: those whose actions ran, not the reviewer's remarks."""
        return [step for step in self.steps if step.decision.actions]

    @property
    def looping(self) -> bool:
        """Say whether the last call was made too often."""
        if not self.outcomes:
            return False
        last = self.outcomes[-1]
        return len(self.earlier(Action(tool=last.tool, arguments=last.arguments))) >= LOOP

    def earlier(self, action: Action) -> list[ActionOutcome]:
        """Return the outcomes of the same call in this turn."""
        return [o for o in self.outcomes if o.tool == action.tool and o.arguments == action.arguments]

    def resume(self) -> None:
        """Go on from the actions of an earlier turn that ended without an answer: they are not done again."""
        if not self.context.recalled.unfinished:
            return
        for action in self.context.recalled.unfinished:
            call_id = f"r{len(self.outcomes) + 1}"
            result = action.result or (WAITING if action.state == "held" else INTERRUPTED)
            if result is WAITING:
                self.waiting.append({})
            self.outcomes.append(
                ActionOutcome(call_id=call_id, tool=action.tool, arguments=action.arguments, result=result)
            )
        self.steps.append(TurnStep(decision=_as_decided(self.outcomes), outcomes=tuple(self.outcomes)))

    def prompt(self) -> Prompt:
        """Return what the model reads now."""
        return Prompt(
            system=self.context.system,
            thread=self.thread,
            messages=self.context.messages,
            steps=tuple(self.steps),
        )

    def review(self, reply: str, citations: tuple[str, ...] = (), *, whole: bool = True) -> Verdict:
        """Check a reply, or a piece of one, against the facts of this turn."""
        known = len(self.outcomes)
        if self.facts is None or self.facts[0] != known:
            self.facts = (known, evidence(self.context, self.outcomes))
        draft = Draft(
            text=reply,
            citations=citations,
            channel=self.context.channel,
            language=self.context.language,
            whole=whole,
        )
        return review_reply(draft, self.facts[1])


def _as_decided(outcomes: Sequence[ActionOutcome]) -> Decision:
    return Decision(
        intent="resumed",
        language="und",
        actions=tuple(Action(tool=each.tool, arguments=each.arguments) for each in outcomes),
        handoff=None,
        citations=(),
        reply="",
        remember=(),
        resolved=False,
    )
