"""Orders as the tools see them: always together with the addresses that may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from tools.database import Database

_FIND = """
SELECT o.number, o.status, o.currency, o.total, o.ordered_on, o.estimated_on,
       s.carrier, s.tracking, s.shipped_on, s.delivered_on
FROM lindenhof.orders o
JOIN lindenhof.customers c ON c.number = o.customer
LEFT JOIN lindenhof.shipments s ON s.order_number = o.number
WHERE o.number = $1 AND c.email = ANY ($2::text[])
"""
_ITEMS = """
SELECT name, quantity, unit_price FROM lindenhof.items WHERE order_number = $1 ORDER BY position
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One line of an order; the price is for one piece, in the order's currency."""

    name: str
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """An order; carrier, tracking and shipping date are None until it has left the house."""

    number: int
    status: str
    currency: str
    total: Decimal
    ordered_on: date
    estimated_on: date | None
    carrier: str | None
    tracking: str | None
    shipped_on: date | None
    delivered_on: date | None


async def find_order(database: Database, number: int, addresses: Sequence[str]) -> Order | None:
    """Return the order if one of these e-mail addresses is its customer's.

    A stranger's order and a number that does not exist take the same way and give the same None.
    """
    row: Any = await database.fetchrow(_FIND, number, list(addresses))
    return None if row is None else Order(**dict(row))


async def items_of(database: Database, order: Order) -> list[Item]:
    """Return the lines of an order that was found for its customer."""
    return [Item(**dict(row)) for row in await database.fetch(_ITEMS, order.number)]
