"""Has each proposed action judged by the rules and the policy, with what the store knows of the past."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from guardrails.rule_book import review_action
from guardrails.verdict import PastAction, ProposedAction, Ruling
from orchestrator.policies import Policies
from orchestrator.turn.state import TurnState
from tools.tool import Preview, Sensitivity, Tool
from tools.toolset import Toolset


class Judge:
    """Judges the actions of turns."""

    def __init__(self, policies: Policies, registry: Toolset) -> None:
        self._policies = policies
        self._registry = registry

    async def rule(
        self, turn: TurnState, tool: Tool, arguments: Mapping[str, Any], preview: Preview, *, key: str
    ) -> Ruling:
        """Return what becomes of one call; `key` is its own, which is none of the past ones."""
        past: tuple[PastAction, ...] = ()
        if tool.sensitivity is not Sensitivity.READ:
            reads = [each.name for each in self._registry if each.sensitivity is Sensitivity.READ]
            past = await turn.actions.past(turn.principal.customer_id, but=key, leave_out=reads)
        action = ProposedAction(
            tool=tool.name,
            sensitivity=str(tool.sensitivity),
            trust_needed=tool.trust,
            degrades=tool.degrades,
            arguments=arguments,
            trust=turn.principal.trust,
            channel=turn.context.channel,
            now=datetime.now(UTC),
            amount=preview.amount,
            currency=preview.currency,
            tags=turn.principal.tags,
            facts=preview.facts,
            past=past,
            flagged=turn.flagged,
        )
        return review_action(action, self._policies())
