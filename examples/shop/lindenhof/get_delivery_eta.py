"""The tool `get_delivery_eta`."""

from __future__ import annotations

from datetime import date
from typing import Any

from lindenhof.order_id import OrderId, order_number
from lindenhof.orders import Order, find_order
from tools.database import Database
from tools.tool import Caller, Sensitivity, Tool, ToolError, tool


def get_delivery_eta_tool(database: Database) -> Tool:
    """Return the tool, working on the example shop in this database."""

    @tool(sensitivity=Sensitivity.READ, trust=2, idempotent=True)
    async def get_delivery_eta(caller: Caller, order_id: OrderId) -> dict[str, Any]:
        """Tell when an order of this customer arrives, or when it was delivered.
        Needs a verified identity.
        """
        number = order_number(order_id)
        order = await find_order(database, number, caller.verified_addresses)
        if order is None:
            raise ToolError("not_found", f"This customer has no order {number}.")
        return _eta(order, caller.now.date())

    return get_delivery_eta


def _eta(order: Order, today: date) -> dict[str, Any]:
    expected = order.estimated_on if order.status in ("processing", "packed", "shipped") else None
    days = (expected - today).days if expected else None
    return {
        "order_id": str(order.number),
        "status": order.status,
        "estimated_delivery": expected,
        "days_left": max(days, 0) if days is not None else None,
        "late": days is not None and days < 0,
        "delivered_on": order.delivered_on,
        "carrier": order.carrier,
        "tracking": order.tracking,
    }
