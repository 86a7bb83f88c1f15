"""I want to speak to a human."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import YES, handing_over, human_was_offered, short
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

NAME = "human"
_PERSON = (
    r"(?:humans?|person|people|someone|somebody|agent|representative|colleague|operator|manager"
    r"|supervisor|advisor|staff)"
)
_MENSCH = (
    r"(?:mensch\w*|mitarbeiter\w*|jemand\w*|kolleg\w*|berater\w*|person|chef\w*|vorgesetzte\w*"
    r"|sachbearbeiter\w*)"
)
_PATTERN = re.compile(
    rf"\b(?:speak|talk|chat|connect|transfer|write|put me through|pass me|get me|give me|need|want|reach"
    rf"|contact)\b.*\b{_PERSON}\b"
    rf"|\b(?:real|live|actual) {_PERSON}|^(?:a )?(?:human|agent|representative|operator|colleague)(?: "
    rf"please)?$"
    r"|\b(?:human|live) (?:agent|support|being)\b|\b(?:human|agent) please\b"
    rf"|\b(?:sprechen|reden|verbind\w*|weiterleit\w*|chatten|schreiben|brauche|will|moechte)\b.*\b{_MENSCH}\b"
    rf"|\b(?:mit|zu|an) (?:\w+ )?(?:\w+ )?{_MENSCH}\b.*\b(?:sprechen|reden|verbinden|verbunden|weiter\w*"
    rf"|chatten|schreiben)"
    rf"|\b(?:echte\w*|richtige\w*) {_MENSCH}|^(?:ein(?:en)? )?(?:mensch|mitarbeiter\w*)(?: bitte)?$"
    rf"|\bmitarbeiter\w* bitte\b"
)
_REASON = "The customer asks for a human: "


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN)


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    return human_was_offered(enquiry) and said.has(YES)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    text = enquiry.turn.text
    if human_was_offered(enquiry) and not said.has(_PATTERN):
        text = f"{enquiry.before.text} / {text}"
    return handing_over(NAME, enquiry, short(_REASON + text, 480))


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues)
