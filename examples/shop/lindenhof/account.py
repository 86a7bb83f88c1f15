"""One order of a customer who wants something done about it: read, and locked while it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from lindenhof.order_id import order_number
from tools.database import Connection
from tools.tool import Caller, ToolError

_OWN = "FROM lindenhof.orders o JOIN lindenhof.customers c ON c.number = o.customer"
_OWN += " WHERE o.number = $1 AND c.email = ANY ($2::text[])"
_LOCK = f"SELECT o.number {_OWN} FOR UPDATE OF o"
_FIND = f"""
SELECT o.number, o.status, o.currency, o.total, o.address, o.ordered_on, c.name,
       (SELECT coalesce(sum(amount), 0) FROM lindenhof.refunds r WHERE r.order_number = o.number) AS refunded,
       (SELECT coalesce(sum(quantity), 0) FROM lindenhof.items i WHERE order_number = o.number) AS item_count
{_OWN}
"""
BEFORE_SHIPPING = ("processing", "packed")

Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="Why the customer wants it, in their words."),
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An order with its owner's name and what was refunded of it, in the order's currency."""

    number: int
    status: str
    currency: str
    total: Decimal
    address: str
    ordered_on: date
    name: str
    refunded: Decimal
    item_count: int

    def facts(self, **more: Any) -> dict[str, Any]:
        """Return what a human needs to decide about it."""
        return {
            "order_id": str(self.number),
            "customer": self.name,
            "status": self.status,
            "total": self.total,
            "refunded": self.refunded,
            "currency": self.currency,
            "ordered_on": self.ordered_on,
            "item_count": int(self.item_count),
            **more,
        }


async def find_account(
    connection: Connection, caller: Caller, order_id: str | int, *, lock: bool = False
) -> Account:
    """Return the order when it is this verified customer's; ToolError `not_found`, `invalid_order_id`.

    A stranger's order and a number that does not exist take the same way. With `lock` (in a transaction)
    nobody else changes or refunds the order until the transaction ends.
    """
    number = order_number(order_id)
    addresses = list(caller.verified_addresses)
    if lock:
        # A statement of its own: sums in the one that waits would be those of before the wait.
        await connection.execute(_LOCK, number, addresses)
    row: Any = await connection.fetchrow(_FIND, number, addresses)
    if row is None:
        raise ToolError("not_found", f"This customer has no order {number}.")
    return Account(**dict(row))


def key_reused() -> ToolError:
    """Return the error for a key that already stands for something else."""
    return ToolError("key_reused", "This was already carried out with other arguments; nothing was done.")
