"""The shape of one thing a customer of the shop may want."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lindenhof.sandbox.text import Clause
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution


def never(clause: Clause, enquiry: Enquiry) -> bool:
    """Take no answers: for wishes that ask nothing."""
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Something a customer may want.

    `matches`: this statement says so. `continues`: this statement answers what the wish asked in the
    turn before. `answer`: the part of the decision at this step; called again with the results of its
    actions. `aside`: a mere courtesy, left unanswered beside anything else. `whole`: an answer to its
    question is the whole message, not one statement.
    """

    name: str
    matches: Callable[[Clause, Enquiry], bool]
    answer: Callable[[Clause, Enquiry], Contribution]
    continues: Callable[[Clause, Enquiry], bool] = never
    aside: bool = False
    whole: bool = False
