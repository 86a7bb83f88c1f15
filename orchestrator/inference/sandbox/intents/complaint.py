"""Anger: sorry, and a human if wanted."""

from __future__ import annotations

import re

from orchestrator.inference.sandbox.intent import Intent
from orchestrator.inference.sandbox.intents.common import OFFER_HUMAN
from orchestrator.inference.sandbox.part import Part
from orchestrator.inference.sandbox.situation import Situation
from orchestrator.inference.sandbox.text import Clause
from orchestrator.inference.sandbox.wording import Phrase

NAME = "complaint"
_PATTERN = re.compile(
    r"\b(?:unacceptable|ridiculous|outrageous|terrible|horrible|awful|worst|disgrace\w*|furious|angry"
    r"|scam|rip ?off|fed up|sick of"
    r"|wtf|bullshit|complain\w*|complaint|disappoint\w*|hell|damn|useless|incompetent|lawyer"
    r"|frechheit|unverschaemt\w*|unmoeglich|skandal|sauer|wuetend|verarsch\w*|scheisse?|mist|betrug|abzocke|katastroph\w*"
    r"|beschwer\w*|enttaeusch\w*|unfassbar|schlimm\w*|sauerei|anwalt|reicht mir|stinksauer|unertraeglich)\b"
)

_SORRY = Phrase(
    en="I am sorry that you have had this trouble.", de="Es tut mir leid, dass Sie diesen Ärger haben."
)


def _matches(said: Clause, situation: Situation) -> bool:
    return said.has(_PATTERN)


def _answer(said: Clause, situation: Situation) -> Part:
    return Part(intent=NAME, reply=_SORRY.to(situation.language), question=OFFER_HUMAN.to(situation.language))


INTENT = Intent(name=NAME, matches=_matches, answer=_answer)
