"""Anger: sorry, and a human if wanted."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import OFFER_HUMAN
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

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


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    return Contribution(
        intent=NAME, reply=_SORRY.to(enquiry.language), question=OFFER_HUMAN.to(enquiry.language)
    )


INTENT = Wish(name=NAME, matches=_matches, answer=_answer)
