"""Asks for a decision until there is a valid one: repair, other models, and an honest end.

Every request is a row before it is sent and has its outcome written before anything acts on it, so a
restarted process goes on where this one stopped and pays for no answer twice.
"""

from __future__ import annotations

from collections import OrderedDict

from guardrails.decision import DecisionGate
from orchestrator.inference.catalog import CatalogSource
from orchestrator.inference.decision_run import DecisionRun, DecisionWanted, Means
from orchestrator.inference.request import prompt_size
from orchestrator.inference.retry_plan import RetryPlan
from orchestrator.inference.router import candidates
from orchestrator.inference.types import Decided, Journal, Prompt, Release, Tools

_GATES = 32


class DecisionMaker:
    """What a turn asks for its next step; one for the process, used by many turns at once.

    `catalog` is called for each decision, so that a reloaded file counts from the next one on.
    """

    def __init__(self, means: Means, catalog: CatalogSource) -> None:
        """Keep the parts; nothing is sent before the first decision."""
        self._means = means
        self._catalog = catalog
        self._gates: OrderedDict[tuple[tuple[str, int], ...], tuple[Tools, DecisionGate]] = OrderedDict()

    async def decide(
        self,
        prompt: Prompt,
        *,
        step: int,
        route: str,
        tools: Tools,
        journal: Journal,
        deadline: float,
        release: Release | None = None,
        compacted: bool = False,
        patience: float = 0.0,
    ) -> Decided:
        """Return a valid decision for one step of a turn.

        `route` is the kind of turn, `deadline` is loop time. `release` gets the reply by the sentence
        while it arrives. `compacted` says that the prompt was already shortened after ContextTooLong.
        `patience` is for how many seconds a resting provider is waited for.
        Raises DecisionUnavailable, ProviderAway, BudgetExhausted, ContextTooLong, and what journal or
        release raise.
        """
        models = candidates(
            self._catalog(), route, size=prompt_size(prompt), health=self._means.health, compacted=compacted
        )
        question = DecisionWanted(
            prompt=prompt,
            step=step,
            tools=tools,
            gate=self._gate(tools),
            journal=journal,
            deadline=deadline,
            release=release,
            compacted=compacted,
            patience=patience,
        )
        return await DecisionRun(self._means, question, RetryPlan(models)).decided()

    def _gate(self, tools: Tools) -> DecisionGate:
        """Return the compiled gate of these tools; the entry keeps them alive, so their ids stay theirs."""
        key = tuple((each.name, id(each.parameters)) for each in tools)
        known = self._gates.get(key)
        if known is None:
            known = self._gates[key] = (tuple(tools), DecisionGate(tools))
            if len(self._gates) > _GATES:
                self._gates.popitem(last=False)
        return known[1]
