"""Please cancel my order."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import QUESTION, gives_order, short
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.order_change import (
    ASKING,
    CANCELLED,
    NOT_FOUND,
    Change,
    change_order,
)
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

NAME = "cancel_order"
_PATTERN = re.compile(
    r"\bcancel\w*\b.*\b(?:orders?|purchase|it|\d{4,})\b|\b(?:dont|do not) want (?:my|the) order\b"
    r"|\bstorn(?:ier\w*|o)\b|\bbestellung\b.*\b(?:abbestellen|zuruecknehmen|widerrufen)\b|\babbestellen\b.*\bbestellung\b"
)
_NOT_AN_ORDER = re.compile(r"\b(?:newsletter|callback|rueckruf|ticket)\b")


def _reason(enquiry: Enquiry) -> str | None:
    return short(enquiry.chain(NAME)[0], 300)


_CHANGE = Change(
    intent=NAME,
    tool="cancel_order",
    argument="reason",
    read=_reason,
    ask=Phrase(en="Why do you want to cancel?", de="Warum möchten Sie stornieren?"),
    no_tool=Phrase(en="I can't cancel orders myself.", de="Stornieren kann ich selbst nicht."),
    asking=ASKING,
    done=Phrase(en="Order {order} has been cancelled.", de="Bestellung {order} ist storniert."),
    not_done=Phrase(
        en="I could not cancel order {order}.", de="Bestellung {order} konnte ich nicht stornieren."
    ),
    errors={
        "not_found": NOT_FOUND,
        "already_cancelled": CANCELLED,
        "too_late": Phrase(
            en="Order {order} can no longer be cancelled.",
            de="Bestellung {order} kann nicht mehr storniert werden.",
        ),
    },
)


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    """A request; "how can I cancel?" is a question for the help pages."""
    if not said.has(_PATTERN) or said.has(_NOT_AN_ORDER):
        return False
    return bool(order_ids(said.text)) or not said.has(QUESTION)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    return change_order(_CHANGE, enquiry)


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=gives_order)
