"""An address for a colleague's answer, which we had asked for."""

from __future__ import annotations

from lindenhof.sandbox.numbers import mail_address
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

NAME = "reach"
_NOTED = Phrase(
    en="Thank you, I have noted it: the answer of my colleague goes to {address} as well.",
    de="Danke, ist notiert: Die Antwort geht auch an {address}.",
)


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    """Only right behind the handoff that asked for it; later an address proves who somebody is."""
    address = mail_address(said.text)
    return address is not None and address == enquiry.reach and bool(enquiry.before.last.get("handoff"))


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    reply = _NOTED.to(enquiry.language, address=enquiry.reach)
    return Contribution(intent=NAME, reply=reply, resolved=True)


INTENT = Wish(name=NAME, matches=_matches, answer=_answer)
