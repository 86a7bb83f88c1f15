"""Which of its wishes a message holds, and the answers to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lindenhof.sandbox import (
    callback,
    cancel_order,
    change_address,
    complaint,
    courtesy,
    damaged_item,
    delivery_eta,
    human,
    knowledge,
    order_status,
    refund,
    ticket,
    verify_identity,
)  # fmt: skip
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.registry import INTENTS
from lindenhof.sandbox.text import Clause, clause, clauses
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

MOST_INTENTS = 3

Pick = tuple[Wish, Clause]

_AND = re.compile(r"\s*,?\s*\b(?:and also|and|und auch|und|sowie|also|außerdem)\b\s+", re.IGNORECASE)
_CHANGES = (refund.NAME, cancel_order.NAME, change_address.NAME)
_ORDER_INTENTS = (order_status.NAME, delivery_eta.NAME)
# What a customer who is verified at last had asked for.
_PRIVATE = (*_ORDER_INTENTS, *_CHANGES)
# These may be said twice in one message, of different things.
_REPEATABLE = (*_ORDER_INTENTS, knowledge.NAME)


# In a message that asks for a ticket, a callback or another address, these are only what it is about.
_DETAILS = (knowledge.NAME, damaged_item.NAME)
_INTERRUPTING = (human.NAME, ticket.NAME, callback.NAME, courtesy.ABOUT.name)
# An answer to an open question goes before these.
_WEAK = (knowledge.NAME, courtesy.DECLINED.name)


class ShopIntents:
    """All the shop understands, several wishes in one message included."""

    def answer(self, enquiry: Enquiry) -> Sequence[Contribution]:
        """Answer every wish of a message, and what was wanted before somebody proved who they are."""
        parts = [wish.answer(said, enquiry) for wish, said in pick(enquiry)]
        again = verify_identity.resumed(enquiry)
        if again:
            parts += [wish.answer(said, again) for wish, said in pick(again) if wish.name in _PRIVATE]
        return parts


def pick(enquiry: Enquiry) -> list[Pick]:
    """Choose what the customer wants: at most three intents, each with the statement that says so."""
    whole = clause(enquiry.turn.text)
    pending = _pending(enquiry)
    if pending and _takes_all(pending, whole, enquiry):
        return [(pending, whole)]
    told = [(said, list(_picks(said, enquiry, pending))) for said in clauses(enquiry.turn.text)]
    found = [one for _, picks in told for one in picks]
    serious = _precise([one for one in found if not one[0].aside], enquiry, pending)
    chosen = _distinct(serious) or _leftover(told, whole) or found[:1]
    return [*_anger(whole, enquiry, chosen), *chosen]


def _precise(picks: Sequence[Pick], enquiry: Enquiry, pending: Wish | None) -> Sequence[Pick]:
    """Beside a statement that says what is wanted, a bare number or a detail says nothing of its own."""
    telling = [(i, said) for i, said in picks if i in (pending, human.INTENT) or i.matches(said, enquiry)]
    about = any(intent.whole for intent, _ in telling)
    asked = any(intent.name in _CHANGES for intent, _ in telling)
    details = (*(_DETAILS if about else ()), *((damaged_item.NAME,) if asked else ()))
    return [(intent, said) for intent, said in telling if intent.name not in details] or picks


def _anger(whole: Clause, enquiry: Enquiry, chosen: Sequence[Pick]) -> list[Pick]:
    names = {intent.name for intent, _ in chosen}
    angry = complaint.INTENT.matches(whole, enquiry) and not {complaint.NAME, human.NAME} & names
    return [(complaint.INTENT, whole)] if angry else []


def _leftover(told: Sequence[tuple[Clause, list[Pick]]], whole: Clause) -> list[Pick]:
    """What no intent took is looked up; a message of courtesies alone is not."""
    rest = [said.text for said, picks in told if not picks]
    return [(knowledge.INTENT, clause(". ".join(rest)) if told else whole)] if rest or not told else []


def _pending(enquiry: Enquiry) -> Wish | None:
    intent = INTENTS.get(enquiry.before.intent)
    return intent if intent and enquiry.before.asked else None


def _takes_all(pending: Wish, whole: Clause, enquiry: Enquiry) -> bool:
    """Whether the message as a whole answers the open question, unless it asks for something else."""
    if not pending.whole or not pending.continues(whole, enquiry):
        return False
    asked_for = [intent for intent in INTENTS.values() if intent.matches(whole, enquiry)]
    return not any(intent.name in _INTERRUPTING and intent is not pending for intent in asked_for)


def _picks(said: Clause, enquiry: Enquiry, pending: Wish | None) -> Iterator[Pick]:
    """The intents of one statement; it is cut at "and" where both sides say something of their own."""
    halves = [clause(part) for part in _AND.split(said.text) if part.strip()]
    if len(halves) > 1:
        each = [_pick(half, enquiry, pending) for half in halves]
        told = [one for one in each if one and not one[0].aside]
        if (
            len(told) == len([one for one in each if one]) == len(halves)
            and len({i.name for i, _ in told}) > 1
        ):
            yield from told
            return
    one = _pick(said, enquiry, pending)
    if one:
        yield one


def _pick(said: Clause, enquiry: Enquiry, pending: Wish | None) -> Pick | None:
    if human.INTENT.continues(said, enquiry):
        return human.INTENT, said
    matching = next((intent for intent in INTENTS.values() if intent.matches(said, enquiry)), None)
    if pending and pending.continues(said, enquiry) and (matching is None or matching.name in _WEAK):
        return pending, said
    if matching:
        return matching, said
    if order_ids(said.text):
        # A bare number goes on with what was asked of the order before.
        before = enquiry.before.intent
        return INTENTS[before if before in _ORDER_INTENTS else order_status.NAME], said
    return None


def _distinct(picks: Sequence[Pick]) -> list[Pick]:
    kept: list[Pick] = []
    for intent, said in picks:
        names = [other.name for other, _ in kept]
        if intent.name not in names or intent.name in _REPEATABLE:
            kept.append((intent, said))
    return kept[:MOST_INTENTS]
