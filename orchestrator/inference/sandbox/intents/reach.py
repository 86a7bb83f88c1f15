"""An address for a colleague's answer, which we had asked for."""

from __future__ import annotations

from orchestrator.inference.sandbox.intent import Intent
from orchestrator.inference.sandbox.numbers import mail_address
from orchestrator.inference.sandbox.part import Part
from orchestrator.inference.sandbox.situation import Situation
from orchestrator.inference.sandbox.text import Clause
from orchestrator.inference.sandbox.wording import Phrase

NAME = "reach"
_NOTED = Phrase(
    en="Thank you, I have noted it: the answer of my colleague goes to {address} as well.",
    de="Danke, ist notiert: Die Antwort geht auch an {address}.",
)


def _matches(said: Clause, situation: Situation) -> bool:
    """Only right behind the handoff that asked for it; later an address proves who somebody is."""
    address = mail_address(said.text)
    return address is not None and address == situation.reach and bool(situation.before.last.get("handoff"))


def _answer(said: Clause, situation: Situation) -> Part:
    reply = _NOTED.to(situation.language, address=situation.reach)
    return Part(intent=NAME, reply=reply, resolved=True)


INTENT = Intent(name=NAME, matches=_matches, answer=_answer)
