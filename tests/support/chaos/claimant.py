"""Customers who ask for their money back, and a model that asks for each refund as they do."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import uuid4

from lindenhof.example import Order, customers, orders
from lindenhof.money import priced
from switchboard.web_chat import sign_identity
from tests.support.chaos.customer import Customer, Sent
from tests.support.chaos.model import TOKEN, TicketModel
from tests.support.model_server.responders import RESULTS, decision_text

SECRET = "chaos-identity-secret-long-enough-to-be-one"
WHOLE = "JPY"
AT_ONCE = 5
"""Wishes of one customer that are open: all may come as one turn, and a decision has no more actions."""
MOST = 60
"""Wishes of one customer: the cents they ask for must fit their orders."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A refund that only one message asks for: its amount is used once per order."""

    order: int
    amount: Decimal
    currency: str

    @property
    def matter(self) -> str:
        """Return what the gateway calls it."""
        return f"the refund of {priced(self.amount, self.currency)} for order {self.order}"


class Claimant(Customer):
    """A signed-in customer of the example shop; an outcome, yes or no, is what settles a message."""

    def __init__(self, name: str, **more: Any) -> None:
        super().__init__(name, **more)
        place = (ord(name[0]) - 97) + 26 * (ord(name[1]) - 97)
        self.person = customers()[place]
        self._wishes = 0

    def hello(self) -> dict[str, Any]:
        signed = sign_identity(self.person.email, self.person.name, SECRET)
        return {**super().hello(), "identity": signed}

    def status_changed(self, status: str) -> None:
        if status not in ("open", "waiting_approval"):
            super().status_changed(status)

    async def write(self, count: int = 1) -> list[Sent]:
        room = min(AT_ONCE - len(self.open_messages), MOST - len(self.sent))
        return await super().write(max(0, min(count, room)))

    def new(self) -> Sent:
        self._wishes += 1
        letters = "".join(self._dice.choices(string.ascii_lowercase, k=12))
        return Sent(id=str(uuid4()), token=f"{self.name}-{self._wishes}-{letters}")

    def outcomes(self, sent: Sent) -> tuple[int, int]:
        """Return how often the customer was told that it was done, and that it can't be."""
        matter = wish_of(sent.token).matter
        texts = [reply["text"] for reply in self.heard.replies]
        done = sum(f"A colleague has approved {matter}, and it is done." in text for text in texts)
        denied = sum(f"A colleague has looked into {matter}, and we are sorry" in text for text in texts)
        return done, denied

    @property
    def open_messages(self) -> list[Sent]:
        return [each for each in self.sent.values() if each.seq is None or self.outcomes(each) == (0, 0)]


class RefundModel(TicketModel):
    """A model that asks for the refund of every token it reads."""

    def decide(self, messages: Sequence[Mapping[str, Any]], intent: str) -> str:
        last = str(messages[-1]["content"])
        if last.startswith(RESULTS):
            return decision_text(intent=intent, reply="A colleague will look into it.")
        wishes = [(token, wish_of(token)) for token in TOKEN.findall(last)]
        return decision_text(intent=intent, actions=[_call(*each) for each in wishes], reply="")


@cache
def _orders_of(place: int) -> tuple[Order, ...]:
    """Return the orders of one person; working all out takes a while."""
    number = customers()[place].number
    return tuple(order for order in orders() if order.customer == number)


@cache
def wish_of(token: str) -> Wish:
    """Return the refund a token stands for: the n-th wish of a person is for n cents or yen."""
    name, number, _ = token.split("-")
    person = (ord(name[0]) - 97) + 26 * (ord(name[1]) - 97)
    theirs = _orders_of(person)
    order = theirs[int(number) % len(theirs)]
    amount = Decimal(number) if order.currency == WHOLE else Decimal(number) / 100
    return Wish(order=order.number, amount=amount, currency=order.currency)


def _call(token: str, wish: Wish) -> dict[str, Any]:
    arguments = {
        "order_id": str(wish.order),
        "amount": str(wish.amount),
        "currency": wish.currency,
        "reason": token,
    }
    return {"tool": "refund_order", "arguments": arguments}
