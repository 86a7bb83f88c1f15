"""The shape of an intent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.inference.sandbox.part import Part
from orchestrator.inference.sandbox.situation import Situation
from orchestrator.inference.sandbox.text import Clause


def never(clause: Clause, situation: Situation) -> bool:
    """Take no answers: for intents that ask nothing."""
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """Something a customer may want.

    `matches`: this statement says so. `continues`: this statement answers what the intent asked in the
    turn before. `answer`: the part of the decision at this step; called again with the results of its
    actions. `aside`: a mere courtesy, left unanswered beside anything else. `whole`: an answer to its
    question is the whole message, not one statement.
    """

    name: str
    matches: Callable[[Clause, Situation], bool]
    answer: Callable[[Clause, Situation], Part]
    continues: Callable[[Clause, Situation], bool] = never
    aside: bool = False
    whole: bool = False
