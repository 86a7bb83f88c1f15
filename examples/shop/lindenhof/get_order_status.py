"""The tool `get_order_status`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lindenhof.order_id import OrderId, order_number
from lindenhof.orders import Item, Order, find_order, items_of
from lindenhof.refunds import Refund, refunds_of
from tools.database import Database
from tools.tool import Caller, Sensitivity, Tool, ToolError, tool

FULL_TRUST = 2


def get_order_status_tool(database: Database) -> Tool:
    """Return the tool, working on the example shop in this database."""

    @tool(sensitivity=Sensitivity.READ, trust=FULL_TRUST, idempotent=True, degrades=True)
    async def get_order_status(caller: Caller, order_id: OrderId) -> dict[str, Any]:
        """Look up one order of this customer: its status, items, total, shipment and expected delivery.
        Without a verified identity it only confirms an order that matches the customer's address.
        """
        number = order_number(order_id)
        if caller.trust < FULL_TRUST:
            return _limited(number, await find_order(database, number, caller.claimed_addresses))
        order = await find_order(database, number, caller.verified_addresses)
        if order is None:
            raise ToolError("not_found", f"This customer has no order {number}.")
        refunds = await refunds_of(database, order.number)
        return _full(order, await items_of(database, order)) | _refunded(refunds)

    return get_order_status


def _limited(number: int, order: Order | None) -> dict[str, Any]:
    """What may be said to someone who only claims an address: nothing of the order itself."""
    note = (
        "An order with this number belongs to that address; details only after verification."
        if order
        else "Nothing can be said about this number, not even whether it exists, before verification."
    )
    return {
        "order_id": str(number),
        "found": order is not None,
        "limited": True,
        "verification_needed": True,
        "note": note,
    }


def _refunded(refunds: list[Refund]) -> dict[str, Any]:
    """What went back; nothing is said where nothing did."""
    if not refunds:
        return {}
    return {
        "refunded": sum((refund.amount for refund in refunds), Decimal(0)),
        "refunds": [
            {"refund": refund.number, "amount": refund.amount, "made_on": refund.made_at.date()}
            for refund in refunds
        ],
    }


def _full(order: Order, items: list[Item]) -> dict[str, Any]:
    return {
        "order_id": str(order.number),
        "found": True,
        "limited": False,
        "status": order.status,
        "items": items,
        "item_count": sum(item.quantity for item in items),
        "total": order.total,
        "currency": order.currency,
        "ordered_on": order.ordered_on,
        "estimated_delivery": order.estimated_on if order.delivered_on is None else None,
        "carrier": order.carrier,
        "tracking": order.tracking,
        "shipped_on": order.shipped_on,
        "delivered_on": order.delivered_on,
    }
