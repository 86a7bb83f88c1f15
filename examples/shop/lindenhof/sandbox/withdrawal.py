"""Taking back what waits for a colleague's yes."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import failed, handing_over, short
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

NAME = "withdraw_request"
TOOL = NAME
_DEED = r"(?:change|refund|cancel|cancellation|request)"
_TAT = r"(?:aender\w*|erstatt\w*|stornier\w*)"
_PATTERN = re.compile(
    rf"\b(?:do ?nt|do not|not|no longer|never|stop)\b.{{0,20}}\b(?:{_DEED}|do (?:it|that)|go ahead)\b"
    r"|\b(?:do ?nt|do not|no longer) (?:want|need) (?:it|that|the|this|my)\b"
    rf"|\b(?:cancel|withdraw|drop|revoke|stop|forget)\b.{{0,12}}\b(?:that|it|this|{_DEED})\b"
    r"|\btake (?:it|that|this|everything|my request) back\b|\b(?:leave|keep) (?:it|everything|things) as\b"
    r"|\b(?:changed my mind|never ?mind|on second thoughts?)\b"
    rf"|\b(?:nicht|nichts|kein\w*)\b.{{0,20}}\b{_TAT}|\b{_TAT}\b.{{0,30}}\bnicht\b|\bdoch nicht\b"
    r"|\b(?:will|moechte|brauche) (?:es|das|die \w+|den \w+) nicht\b|\bhat sich erledigt\b"
    r"|\bzurueckzieh\w*|\bziehe?\b.{0,40}\bzurueck\b|\bnehme?\b.{0,40}\bzurueck\b|\bwiderruf\w*"
    r"|\b(?:lassen sie|lass|vergessen sie|vergiss) (?:es|das)\b|\banders ueberlegt\b"
)

_DONE = Phrase(
    en="Your request is withdrawn: {what}. Nothing has been changed.",
    de="Ihre Anfrage ist zurückgezogen: {what}. Es wurde nichts geändert.",
)
_LATE = Phrase(
    en="A colleague has already decided on that.",
    de="Darüber hat eine Kollegin oder ein Kollege schon entschieden.",
)


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return bool(enquiry.waiting) and TOOL in enquiry.tools and said.has(_PATTERN)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    done = enquiry.result(TOOL)
    approval, what = _meant(said, enquiry)
    if done is None:
        action = enquiry.action(TOOL, approval=approval)
        return Contribution(intent=NAME, actions=(action,)) if action else handing_over(NAME, enquiry, what)
    if done.ok:
        reply = _DONE.to(enquiry.language, what=what)
        return Contribution(intent=NAME, reply=reply, citations=(done.id,), resolved=True)
    if done.error == "too_late":
        reason = short(f"To be undone, if it still can: {what}. {enquiry.turn.text}", 480)
        return handing_over(NAME, enquiry, reason, before=_LATE.to(enquiry.language))
    return failed(NAME, enquiry, done)


def _meant(said: Clause, enquiry: Enquiry) -> tuple[str, str]:
    """The one of that order where a number is named, else the newest."""
    numbers = order_ids(said.text)
    named = [each for each in enquiry.waiting if any(number in each[1] for number in numbers)]
    return (named or enquiry.waiting)[-1]


INTENT = Wish(name=NAME, matches=_matches, answer=_answer)
