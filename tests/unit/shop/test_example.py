from __future__ import annotations

import hashlib
from collections import Counter

from lindenhof.example import customers, orders


def test_the_shop_is_as_large_as_promised() -> None:
    assert len(customers()) == 50
    assert len(orders()) >= 200
    assert {order.currency for order in orders()} == {"EUR", "USD", "GBP", "CHF", "SEK"}
    assert {customer.language for customer in customers()} == {"de", "en"}


def test_every_status_happens() -> None:
    counted = Counter(order.status for order in orders())
    assert set(counted) == {"processing", "packed", "shipped", "delivered", "cancelled", "returned"}
    assert min(counted.values()) >= 5


def test_numbers_and_addresses_are_unique() -> None:
    assert len({order.number for order in orders()}) == len(orders())
    assert len({customer.email for customer in customers()}) == 50
    assert all(customer.email.isascii() and customer.email.islower() for customer in customers())


def test_it_is_the_same_on_every_machine() -> None:
    digest = hashlib.sha256(repr((customers(), orders())).encode()).hexdigest()
    assert digest == ("c93ad1292fa585d995d5aaa7e9b11d4bb290836cb1ebf411a6de5c9e8237f7f5")


def test_every_orders_days_make_sense() -> None:
    for order in orders():
        known = [day for day in (order.ordered, order.shipped, order.delivered) if day is not None]
        assert known == sorted(known)
        assert known[-1] <= 0
        assert (order.shipped is not None) == (order.status in ("shipped", "delivered", "returned"))
        assert (order.delivered is not None) == (order.status in ("delivered", "returned"))
        assert (order.estimated is None) == (order.status == "cancelled")
        if order.status in ("processing", "packed", "shipped"):
            assert order.estimated is not None
            assert order.estimated > 0
