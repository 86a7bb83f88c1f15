"""Where is my order?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lindenhof.sandbox.common import (
    ASK_ORDER,
    failed,
    gives_order,
    identity_needed,
    not_possible,
    orders_meant,
)
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.written import calendar_date, listed, money

Describe = Callable[[str, Mapping[str, Any], str], str]
"""Puts a result into words: order number, data, language."""

NAME = "order_status"
TOOL = "get_order_status"
_THING = r"(?:orders?|parcel|package|delivery|shipment|purchase|stuff|things|goods)"
_SACHE = r"(?:bestellungen|bestellung|paket|sendung|lieferung|ware|auftrag|sachen)"
_PATTERN = re.compile(
    rf"\b(?:where|wheres|wher)\b.*\b(?:{_THING}|it\b|\d{{4}})|\btrack(?:ing)?\b|\bstatus\b"
    rf"|\b(?:has|have|did|was|were|is|are)\b.*\b{_THING}\b.*\b(?:shipped|sent|left|dispatched|delivered"
    rf"|on the way|lost)"
    rf"|\bwhats? (?:happened to|about|is with|with|up with|going on with)\b.*\b(?:{_THING}|\d{{4}})"
    rf"|\b(?:check|find|look up|show|locate)\b.*\b{_THING}"
    rf"|\bwo (?:ist|bleibt|bleiben|steckt|sind|befindet)\b.*\b(?:{_SACHE}|\d{{4}})|\bwo (?:ist|bleibt"
    rf"|steckt) (?:sie|es|das)\b"
    r"|\bsendungs(?:verfolgung|status|nummer)|\bbestellstatus"
    rf"|\bverfolgen\b.*\b{_SACHE}|\b{_SACHE}\b.*\bverfolgen|\b(?:wurde|ist|sind|habt|haben)\b.*\b{_SACHE}\b.*"
    r"(?:verschickt|versandt|versendet|unterwegs|abgeschickt|angekommen|zugestellt|raus)"
    rf"|\bwas ist (?:mit|los mit)\b.*\b(?:{_SACHE}|\d{{4}})|\bwie (?:ist|steht)\b.*\b{_SACHE}"
)
_GENERAL = re.compile(r"\b(?:how (?:can|do) i track|wie (?:kann|verfolge) ich)\b")
_OUR_PLACE = re.compile(
    r"\b(?:invoice|rechnung|shop|store|laden|warehouse|lager|receipt|refund|money|geld)\b"
)

_LOOKING = Phrase(en="One moment, I am looking that up.", de="Einen Moment, ich sehe nach.")
_NO_TOOL = Phrase(en="I can't look up orders here.", de="Ich kann hier keine Bestellungen nachsehen.")
_NOT_FOUND = Phrase(
    en="I find no order {order} under your address. Please check the number, or which address you ordered "
    "with.",
    de="Unter Ihrer Adresse finde ich keine Bestellung {order}. Bitte prüfen Sie die Nummer oder mit welcher "
    "Adresse Sie bestellt haben.",
)
_UNCLEAR = Phrase(
    en="{order} is not an order number I can use.", de="{order} ist keine gültige Bestellnummer."
)
_YOURS = Phrase(
    en="Order {order} matches the address you gave, but its details may be shown only after verification.",
    de="Bestellung {order} passt zu der genannten Adresse; Einzelheiten darf ich aber erst nach einer "
    "Prüfung nennen.",
)
_HIDDEN = Phrase(
    en="I can't say anything about order {order} before I know who you are, not even whether it exists.",
    de="Zu Bestellung {order} kann ich nichts sagen, bevor feststeht, wer Sie sind, auch nicht, ob es sie "
    "gibt.",
)
STATUS: Mapping[str, Phrase] = {
    "processing": Phrase(en="Order {order} is being processed.", de="Bestellung {order} ist in Bearbeitung."),
    "packed": Phrase(
        en="Order {order} is packed and waits for the carrier.",
        de="Bestellung {order} ist verpackt und wartet auf den Zustelldienst.",
    ),
    "shipped": Phrase(en="Order {order} has been shipped.", de="Bestellung {order} ist versandt."),
    "delivered": Phrase(en="Order {order} has been delivered.", de="Bestellung {order} ist zugestellt."),
    "cancelled": Phrase(en="Order {order} has been cancelled.", de="Bestellung {order} ist storniert."),
    "returned": Phrase(
        en="Order {order} has been returned.", de="Bestellung {order} ist zurückgeschickt worden."
    ),
}
_OTHER_STATUS = Phrase(
    en='The status of order {order} is "{status}".', de="Bestellung {order}: Status „{status}“."
)
_ITEMS = Phrase(en="It contains {items}.", de="Sie enthält {items}.")
_TOTAL = Phrase(en="Total: {total}.", de="Gesamtbetrag: {total}.")
_ORDERED = Phrase(en="Ordered on {day}.", de="Bestellt am {day}.")
_SENT = Phrase(en="Handed to the carrier on {day}.", de="Dem Zustelldienst übergeben am {day}.")
_CARRIER = Phrase(en="Carrier: {carrier}.", de="Zustelldienst: {carrier}.")
_TRACKING = Phrase(en="Tracking: {tracking}", de="Sendungsnummer: {tracking}")
_REFUNDED = Phrase(en="Refunded so far: {total}.", de="Bisher erstattet: {total}.")
_EXPECTED = Phrase(en="Expected delivery: {day}.", de="Voraussichtliche Zustellung: {day}.")
_ARRIVED = Phrase(en="Delivered on {day}.", de="Zugestellt am {day}.")


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN) and not said.has(_GENERAL) and not said.has(_OUR_PLACE)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    return look_up(NAME, TOOL, said, enquiry, describe)


def look_up(name: str, tool: str, said: Clause, enquiry: Enquiry, describe: Describe) -> Contribution:
    """Ask a tool about each order meant, and describe what it says; ask for the number when there is none."""
    if tool not in enquiry.tools:
        return not_possible(name, enquiry, _NO_TOOL)
    orders = orders_meant(said.text, enquiry)
    if not orders:
        return Contribution(intent=name, question=ASK_ORDER.to(enquiry.language))
    missing = [order for order in orders if enquiry.result(tool, order_id=order) is None]
    if missing:
        actions = tuple(filter(None, (enquiry.action(tool, order_id=order) for order in missing)))
        remark = _LOOKING.to(enquiry.language)
        return (
            Contribution(intent=name, reply=remark, actions=actions)
            if actions
            else _unusable(name, enquiry, missing)
        )
    found = [(order, result) for order in orders if (result := enquiry.result(tool, order_id=order))]
    return _joined(name, [_told(name, order, result, enquiry, describe) for order, result in found])


def _told(name: str, order: str, result: ToolAnswer, enquiry: Enquiry, describe: Describe) -> Contribution:
    language, data = enquiry.language, result.data if isinstance(result.data, dict) else {}
    if result.ok and data.get("limited"):
        told = (_YOURS if data.get("found") else _HIDDEN).to(language, order=order)
        return identity_needed(name, enquiry, before=told, citations=_cited(result))
    if result.ok and data and data.get("found") is not False:
        describing = describe_briefly if enquiry.spoken else describe
        text = describing(str(data.get("order_id") or order), data, language)
        return Contribution(intent=name, reply=text, citations=_cited(result), resolved=True)
    if result.ok or result.error in ("not_found", "order_not_found"):
        return Contribution(intent=name, reply=_NOT_FOUND.to(language, order=order), citations=_cited(result))
    if result.error in ("invalid_order_id", "invalid_arguments"):
        return _unusable(name, enquiry, [order])
    return failed(name, enquiry, result)


def _unusable(name: str, enquiry: Enquiry, orders: list[str]) -> Contribution:
    told = _UNCLEAR.to(enquiry.language, order=listed(orders, enquiry.language))
    return Contribution(intent=name, reply=told, question=ASK_ORDER.to(enquiry.language))


def _joined(name: str, parts: list[Contribution]) -> Contribution:
    return Contribution(
        intent=name,
        reply="\n\n".join(dict.fromkeys(part.reply for part in parts if part.reply)),
        question=next((part.question for part in parts if part.question), ""),
        citations=tuple(citation for part in parts for citation in part.citations),
        resolved=all(part.resolved for part in parts),
    )


def describe(order: str, data: Mapping[str, Any], language: str) -> str:
    """The order in a few sentences; every fact is one of the result's, absent ones are left out."""
    facts = [
        status_sentence(order, data, language),
        _items(data, language),
        _if(data.get("ordered_on") or data.get("placed_on"), _ORDERED, language),
        _if(data.get("shipped_on"), _SENT, language),
        _CARRIER.to(language, carrier=data["carrier"]) if data.get("carrier") else "",
        _if(data.get("estimated_delivery"), _EXPECTED, language),
        _if(data.get("delivered_on"), _ARRIVED, language),
        tracking(data, language),
    ]
    return " ".join(filter(None, facts))


def describe_briefly(order: str, data: Mapping[str, Any], language: str) -> str:
    """What a caller wants to hear of an order: how it is, and when it comes or came."""
    facts = [
        status_sentence(order, data, language),
        _if(data.get("delivered_on"), _ARRIVED, language)
        or _if(data.get("estimated_delivery"), _EXPECTED, language),
    ]
    return " ".join(filter(None, facts))


def status_sentence(order: str, data: Mapping[str, Any], language: str) -> str:
    """The status in words; one unknown here is quoted."""
    status = str(data.get("status") or "?")
    return STATUS.get(status, _OTHER_STATUS).to(language, order=order, status=status)


def tracking(data: Mapping[str, Any], language: str) -> str:
    """The tracking number or link, if there is one."""
    value = data.get("tracking_url") or data.get("tracking")
    return _TRACKING.to(language, tracking=value) if value else ""


def _items(data: Mapping[str, Any], language: str) -> str:
    listing = data.get("items")
    items = [item for item in listing if isinstance(item, dict)] if isinstance(listing, list) else []
    named = [f"{item.get('quantity') or 1} × {item['name']}" for item in items if item.get("name")]
    total = data.get("total")
    amount, currency = (
        (total.get("amount"), total.get("currency"))
        if isinstance(total, dict)
        else (total, data.get("currency"))
    )
    refunded = data.get("refunded")
    facts = [
        _ITEMS.to(language, items=listed(named, language)) if named else "",
        _TOTAL.to(language, total=money(amount, currency, language)) if amount is not None else "",
        _REFUNDED.to(language, total=money(refunded, currency, language)) if refunded else "",
    ]
    return " ".join(filter(None, facts))


def _if(day: Any, phrase: Phrase, language: str) -> str:
    return phrase.to(language, day=calendar_date(day, language)) if day else ""


def _cited(result: ToolAnswer) -> tuple[str, ...]:
    return (result.id,) if result.id else ()


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=gives_order)
