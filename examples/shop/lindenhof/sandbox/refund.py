"""Please refund my order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from lindenhof.sandbox.common import (
    ASK_ORDER,
    OFFER_HUMAN,
    QUESTION,
    WANTS,
    failed,
    foreseen,
    gives_order,
    handing_over,
    identity_needed,
    orders_meant,
    short,
)  # fmt: skip
from lindenhof.sandbox.numbers import amount, figure, order_ids
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.written import money

NAME = "refund"
TOOL = "refund_order"
STATUS = "get_order_status"
_PATTERN = re.compile(
    r"\brefund\w*|\bmoney back\b|\breimburse\w*|\berstatt\w*|\brueckerstatt\w*|\bgeld\b.*\bzurueck\b"
    r"|\bgutschreiben\b"
)

_NO_TOOL = Phrase(en="I can't make refunds myself.", de="Erstatten kann ich selbst nicht.")
_LOOKING = Phrase(
    en="One moment, I am looking at the order.", de="Einen Moment, ich sehe mir die Bestellung an."
)
_ASKING = Phrase(
    en="One moment, I am checking what can be done.", de="Einen Moment, ich prüfe, was möglich ist."
)
_DONE = Phrase(
    en="The refund of {amount} for order {order} has been made.",
    de="Die Erstattung von {amount} für Bestellung {order} ist erfolgt.",
)
_NOTHING_LEFT = Phrase(
    en="All of order {order} has been refunded already.",
    de="Bestellung {order} ist bereits vollständig erstattet.",
)
_SAID: Mapping[str, Phrase] = {
    "too_much": Phrase(
        en="That is more than can still be refunded for order {order}.",
        de="Das ist mehr, als für Bestellung {order} noch erstattet werden kann.",
    ),
    "wrong_currency": Phrase(
        en="Order {order} was paid in another currency, and I can refund only in that one.",
        de="Bestellung {order} wurde in einer anderen Währung bezahlt, und nur darin kann ich erstatten.",
    ),
    "invalid_amount": Phrase(
        en="That is not an amount I can refund for order {order}.",
        de="Diesen Betrag kann ich für Bestellung {order} nicht erstatten.",
    ),
}
_NOT_DONE = Phrase(en="I could not make the refund.", de="Die Erstattung hat nicht geklappt.")
_NOT_FOUND = Phrase(
    en="I find no order {order} under your address.",
    de="Unter Ihrer Adresse finde ich keine Bestellung {order}.",
)


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    """A request, not a question about refunds in general."""
    if not said.has(_PATTERN):
        return False
    return bool(order_ids(said.text)) or (said.has(WANTS) and not said.has(QUESTION))


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    if TOOL not in enquiry.tools:
        reason = short("The customer asks for a refund: " + enquiry.turn.text, 480)
        return handing_over(NAME, enquiry, reason, before=_NO_TOOL.to(enquiry.language))
    orders = orders_meant(said.text, enquiry)
    if not orders:
        return Contribution(intent=NAME, question=ASK_ORDER.to(enquiry.language))
    order = orders[0]
    done = enquiry.result(TOOL, order_id=order)
    if done is not None:
        return _told(order, done, enquiry)
    stated = next(filter(None, (amount(text) for text in reversed(enquiry.chain(NAME)))), None)
    looked = enquiry.result(STATUS, order_id=order)
    if stated is None and looked is None:
        action = enquiry.action(STATUS, order_id=order)
        if action:
            return Contribution(intent=NAME, reply=_LOOKING.to(enquiry.language), actions=(action,))
    return _propose(order, stated, looked, enquiry)


def _propose(
    order: str, stated: tuple[str, str] | None, looked: ToolAnswer | None, enquiry: Enquiry
) -> Contribution:
    data = looked.data if looked and isinstance(looked.data, dict) else {}
    if data.get("limited") or (looked and looked.error == "identity_required"):
        return identity_needed(NAME, enquiry)
    if looked and looked.error == "not_found":
        return Contribution(intent=NAME, reply=_NOT_FOUND.to(enquiry.language, order=order))
    wanted = stated or _meant(order, looked, enquiry)
    if wanted and Decimal(wanted[0]) <= 0:
        return Contribution(intent=NAME, reply=_NOTHING_LEFT.to(enquiry.language, order=order))
    reason = short(enquiry.chain(NAME)[0], 300)
    action = _action(order, wanted, reason, enquiry) if wanted else None
    if action is None:
        handing = short(f"Refund wanted for order {order}: {reason}", 480)
        return handing_over(NAME, enquiry, handing, before=_NO_TOOL.to(enquiry.language))
    return Contribution(intent=NAME, reply=_ASKING.to(enquiry.language), actions=(action,))


def _action(order: str, wanted: tuple[str, str], reason: str, enquiry: Enquiry) -> Mapping[str, Any] | None:
    """The amount as text, or as a number where the tool's schema wants one."""
    value, currency = wanted
    others = {"order_id": order, "currency": currency, "reason": reason}
    as_text = enquiry.action(TOOL, amount=value, **others)
    return as_text or enquiry.action(TOOL, amount=float(value), **others)


def _meant(order: str, looked: ToolAnswer | None, enquiry: Enquiry) -> tuple[str, str] | None:
    """A figure without a currency in the order's; without any, what is left of the order's total."""
    left = _left(looked)
    named = next(filter(None, (figure(text) for text in reversed(enquiry.chain(NAME)))), None)
    return (named, left[1]) if left and named and named != f"{order}.00" else left


def _left(looked: ToolAnswer | None) -> tuple[str, str] | None:
    data: dict[str, Any] = looked.data if looked and looked.ok and isinstance(looked.data, dict) else {}
    total: Any = data.get("total")
    currency: Any = data.get("currency")
    if isinstance(total, dict):
        total, currency = total.get("amount"), total.get("currency")
    try:
        left = Decimal(str(total)) - Decimal(str(data.get("refunded") or 0))
    except InvalidOperation:
        return None
    return (f"{left:.2f}", str(currency)) if left.is_finite() and currency else None


def _told(order: str, done: ToolAnswer, enquiry: Enquiry) -> Contribution:
    language = enquiry.language
    if done.ok:
        told = {**done.arguments, **done.data} if isinstance(done.data, dict) else done.arguments
        paid = money(told.get("amount", ""), told.get("currency", ""), language)
        reply = _DONE.to(language, amount=paid, order=order)
        return Contribution(intent=NAME, reply=reply, citations=(done.id,), resolved=True)
    if foreseen(done):
        return failed(NAME, enquiry, done)
    if done.error == "not_found":
        return Contribution(intent=NAME, reply=_NOT_FOUND.to(language, order=order))
    if done.error in _SAID:
        reply = _SAID[done.error].to(language, order=order)
        return Contribution(intent=NAME, reply=reply, question=OFFER_HUMAN.to(language))
    reason = short(f"Refund of order {order} failed ({done.error}): {enquiry.turn.text}", 480)
    return handing_over(NAME, enquiry, reason, before=_NOT_DONE.to(language))


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=gives_order)
