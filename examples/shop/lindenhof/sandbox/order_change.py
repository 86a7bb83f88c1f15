"""What cancelling and readdressing share: a request about one order that needs a tool, or a human."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lindenhof.sandbox.common import (
    ASK_ORDER,
    OFFER_HUMAN,
    earlier_order,
    failed,
    foreseen,
    handing_over,
    short,
)  # fmt: skip
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.phrase import Phrase
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import ToolAnswer

ASKING = Phrase(
    en="One moment, I am checking what can be done.", de="Einen Moment, ich prüfe, was möglich ist."
)
NOT_FOUND = Phrase(
    en="I find no order {order} under your address.",
    de="Unter Ihrer Adresse finde ich keine Bestellung {order}.",
)
CANCELLED = Phrase(en="Order {order} is cancelled already.", de="Bestellung {order} ist bereits storniert.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One kind of change: its tool, the argument besides the order, and what is said.

    `errors`: what is said of a failure, by its code.
    """

    intent: str
    tool: str
    argument: str
    read: Callable[[Enquiry], str | None]
    ask: Phrase
    no_tool: Phrase
    asking: Phrase
    done: Phrase
    not_done: Phrase
    errors: Mapping[str, Phrase]


def change_order(change: Change, enquiry: Enquiry) -> Contribution:
    """Ask for what is missing, then call the tool, then tell; without the tool hand over to a human."""
    language = enquiry.language
    if change.tool not in enquiry.tools:
        reason = short(f"{change.tool} wanted: {enquiry.turn.text}", 480)
        return handing_over(change.intent, enquiry, reason, before=change.no_tool.to(language))
    value = change.read(enquiry)
    orders = _orders(change, value or "", enquiry)
    if not orders or not value:
        return Contribution(intent=change.intent, question=(change.ask if orders else ASK_ORDER).to(language))
    done = enquiry.result(change.tool, order_id=orders[0])
    if done is not None:
        return _told(change, orders[0], done, enquiry)
    action = enquiry.action(change.tool, order_id=orders[0], **{change.argument: value})
    if action is None:
        reason = short(f"{change.tool} wanted for order {orders[0]}: {value}", 480)
        return handing_over(change.intent, enquiry, reason, before=change.no_tool.to(language))
    return Contribution(intent=change.intent, reply=change.asking.to(language), actions=(action,))


def _orders(change: Change, value: str, enquiry: Enquiry) -> tuple[str, ...]:
    """The order meant; a postal code inside an address is none."""
    inside = value if change.argument == "address" else ""
    texts = (text.replace(inside, " ") if inside else text for text in reversed(enquiry.chain(change.intent)))
    return next(filter(None, map(order_ids, texts)), ()) or earlier_order(enquiry)


def _told(change: Change, order: str, done: ToolAnswer, enquiry: Enquiry) -> Contribution:
    if done.ok:
        reply = change.done.to(enquiry.language, order=order)
        return Contribution(intent=change.intent, reply=reply, citations=(done.id,), resolved=True)
    if foreseen(done):
        return failed(change.intent, enquiry, done)
    if done.error in change.errors:
        said = change.errors[done.error].to(enquiry.language, order=order)
        return Contribution(intent=change.intent, reply=said, question=OFFER_HUMAN.to(enquiry.language))
    reason = short(f"{change.tool} for order {order} failed ({done.error}): {enquiry.turn.text}", 480)
    return handing_over(
        change.intent, enquiry, reason, before=change.not_done.to(enquiry.language, order=order)
    )
