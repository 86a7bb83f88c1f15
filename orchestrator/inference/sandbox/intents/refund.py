"""Please refund my order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.inference.sandbox.intent import Intent
from orchestrator.inference.sandbox.intents.common import (
    ASK_ORDER,
    NEEDS_HUMAN,
    QUESTION,
    WANTS,
    failed,
    gives_order,
    handing_over,
    identity_needed,
    short,
)  # fmt: skip
from orchestrator.inference.sandbox.numbers import amount, order_ids
from orchestrator.inference.sandbox.part import Part
from orchestrator.inference.sandbox.situation import Result, Situation
from orchestrator.inference.sandbox.text import Clause
from orchestrator.inference.sandbox.wording import Phrase, money

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
_ASKING = Phrase(en="I am submitting the refund.", de="Ich reiche die Erstattung ein.")
_DONE = Phrase(
    en="The refund of {amount} for order {order} has been made.",
    de="Die Erstattung von {amount} für Bestellung {order} ist erfolgt.",
)
_NOT_DONE = Phrase(en="I could not make the refund.", de="Die Erstattung hat nicht geklappt.")
_NOT_FOUND = Phrase(
    en="I find no order {order} under your address.",
    de="Unter Ihrer Adresse finde ich keine Bestellung {order}.",
)


def _matches(said: Clause, situation: Situation) -> bool:
    """A request, not a question about refunds in general."""
    if not said.has(_PATTERN):
        return False
    return bool(order_ids(said.text)) or (said.has(WANTS) and not said.has(QUESTION))


def _answer(said: Clause, situation: Situation) -> Part:
    if TOOL not in situation.tools:
        reason = short("The customer asks for a refund: " + situation.turn.text, 480)
        return handing_over(NAME, situation, reason, before=_NO_TOOL.to(situation.language))
    orders = situation.orders(said.text)
    if not orders:
        return Part(intent=NAME, question=ASK_ORDER.to(situation.language))
    order = orders[0]
    done = situation.result(TOOL, order_id=order)
    if done is not None:
        return _told(order, done, situation)
    stated = next(filter(None, (amount(text) for text in reversed(situation.chain(NAME)))), None)
    looked = situation.result(STATUS, order_id=order)
    if stated is None and looked is None:
        action = situation.action(STATUS, order_id=order)
        if action:
            return Part(intent=NAME, reply=_LOOKING.to(situation.language), actions=(action,))
    return _propose(order, stated or _total(looked), looked, situation)


def _propose(order: str, wanted: tuple[str, str] | None, looked: Result | None, situation: Situation) -> Part:
    data = looked.data if looked and isinstance(looked.data, dict) else {}
    if data.get("limited") or (looked and looked.error == "identity_required"):
        return identity_needed(NAME, situation)
    if looked and looked.error == "not_found":
        return Part(intent=NAME, reply=_NOT_FOUND.to(situation.language, order=order))
    reason = short(situation.chain(NAME)[0], 300)
    value, currency = wanted or ("", "")
    action = (
        _fitting(situation, order_id=order, amount=value, currency=currency, reason=reason)
        if wanted
        else None
    )
    if action is None:
        handing = short(f"Refund wanted for order {order}: {reason}", 480)
        return handing_over(NAME, situation, handing, before=_NO_TOOL.to(situation.language))
    return Part(intent=NAME, reply=_ASKING.to(situation.language), actions=(action,))


def _fitting(situation: Situation, *, amount: str, **others: str) -> Any:
    """The amount as text, or as a number where the tool's schema wants one."""
    return situation.action(TOOL, amount=amount, **others) or situation.action(
        TOOL, amount=float(amount), **others
    )


def _total(looked: Result | None) -> tuple[str, str] | None:
    data: Mapping[str, Any] = looked.data if looked and looked.ok and isinstance(looked.data, dict) else {}
    total: Any = data.get("total")
    if isinstance(total, dict):
        total, currency = total.get("amount"), total.get("currency")
    else:
        currency = data.get("currency")
    return (str(total), str(currency)) if total is not None and currency else None


def _told(order: str, done: Result, situation: Situation) -> Part:
    if done.ok:
        paid = money(done.arguments.get("amount", ""), done.arguments.get("currency", ""), situation.language)
        reply = _DONE.to(situation.language, amount=paid, order=order)
        return Part(intent=NAME, reply=reply, citations=(done.id,), resolved=True)
    if done.error in ("identity_required", NEEDS_HUMAN):
        return failed(NAME, situation, done)
    reason = short(f"Refund of order {order} failed ({done.error}): {situation.turn.text}", 480)
    return handing_over(NAME, situation, reason, before=_NOT_DONE.to(situation.language))


INTENT = Intent(name=NAME, matches=_matches, answer=_answer, continues=gives_order)
