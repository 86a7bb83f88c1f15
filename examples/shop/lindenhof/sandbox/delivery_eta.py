"""When will it arrive?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lindenhof.sandbox.common import gives_order
from lindenhof.sandbox.order_status import look_up, status_sentence, tracking
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.languages.written import calendar_date

NAME = "delivery_eta"
TOOL = "get_delivery_eta"
_PATTERN = re.compile(
    r"\b(?:when|whens|how soon|what day|which day|how long until)\b.*\b(?:arriv\w*|come|comes|coming"
    r"|delivered|here|there"
    r"|get it|get them|get my (?:order|parcel|package|stuff|delivery)|receive|(?:be|is) (?:it )?due|expect)\b"
    r"|\bdelivery (?:date|day|estimate)\b|\beta\b|\b(?:expected|estimated) (?:delivery|arrival)"
    r"|\bwill (?:it|my order|my parcel|my package|they)\b.*\b(?:arrive|come|be here|be delivered)"
    r"|\bwann\b.*\b(?:komm\w*|ankommt|ankommen|an|geliefert|da|zugestellt|bekomme|erhalte|eintreffen"
    r"|eintrifft|liefert ihr es)\b"
    r"|\bliefer(?:termin|datum)|\bzustell(?:termin|datum)|\bankunft\w*|\bbis wann\b"
    r"|\bkommt (?:es|sie|das|mein paket|meine bestellung)\b.*\b(?:heute|morgen|noch|bald|an)\b"
)
_OTHER_THING = re.compile(
    r"\b(?:refund\w*|money|invoice|receipt|gift|voucher|card|charged|geld|erstattung|rueckzahlung|rechnung|gutschein\w*"
    r"|geschenk\w*|code|replacement|ersatz|answer|antwort|call|anruf|rueckruf)\b"
)
_GENERAL = re.compile(r"\b(?:do you|liefern sie|liefert ihr|usually|normally|normalerweise|in der regel)\b")

_DELIVERED = Phrase(
    en="Order {order} was delivered on {day}.", de="Bestellung {order} wurde am {day} zugestellt."
)
_EXPECTED = Phrase(
    en="Order {order} is expected to arrive on {day}.",
    de="Bestellung {order} kommt voraussichtlich am {day} an.",
)
_BETWEEN = Phrase(
    en="Order {order} is expected to arrive between {first} and {last}.",
    de="Bestellung {order} kommt voraussichtlich zwischen {first} und {last} an.",
)
_LATE = Phrase(
    en="Order {order} is late: it was expected on {day}.",
    de="Bestellung {order} verspätet sich: erwartet war sie am {day}.",
)
_UNKNOWN = Phrase(en="There is no delivery date yet.", de="Einen Zustelltermin gibt es noch nicht.")
_WITHOUT_DATE = ("cancelled", "returned", "delivered")


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN) and not said.has(_OTHER_THING) and not said.has(_GENERAL)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    return look_up(NAME, TOOL, said, enquiry, _describe)


def _describe(order: str, data: Mapping[str, Any], language: str) -> str:
    when = _when(order, data, language)
    if when:
        return " ".join(filter(None, [when, tracking(data, language)]))
    status = status_sentence(order, data, language)
    return status if data.get("status") in _WITHOUT_DATE else f"{status} {_UNKNOWN.to(language)}"


def _when(order: str, data: Mapping[str, Any], language: str) -> str:
    if data.get("delivered_on"):
        return _DELIVERED.to(language, order=order, day=calendar_date(data["delivered_on"], language))
    first = data.get("estimated_delivery") or data.get("eta_from") or data.get("eta_to")
    last = data.get("eta_to") or first
    if not first:
        return ""
    if first != last:
        days = {"first": calendar_date(first, language), "last": calendar_date(last, language)}
        return _BETWEEN.to(language, order=order, **days)
    return (_LATE if data.get("late") else _EXPECTED).to(
        language, order=order, day=calendar_date(first, language)
    )


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=gives_order)
