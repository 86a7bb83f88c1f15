"""Lindenhof Supply, the example shop: what its gateway asks of this package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lindenhof.addresses import ShopAddresses
from lindenhof.cancel_order import cancel_order_tool
from lindenhof.change_address import change_address_tool
from lindenhof.get_delivery_eta import get_delivery_eta_tool
from lindenhof.get_order_status import get_order_status_tool
from lindenhof.refund_order import refund_order_tool
from lindenhof.sandbox.responder import ShopIntents
from lindenhof.schema import make_schema
from lindenhof.seed import fill
from tools.business import Mount
from tools.database import Connection, Database
from tools.tool import Tool


def tools(mount: Mount) -> Sequence[Tool]:
    """Return the shop's tools, in the order the model is shown them."""
    return (
        get_order_status_tool(mount.database),
        get_delivery_eta_tool(mount.database),
        refund_order_tool(mount.database),
        cancel_order_tool(mount.database),
        change_address_tool(mount.database),
    )


async def prepare(connection: Connection, *, today: date | None = None) -> bool:
    """Make the shop's tables and fill the empty shop; False where it was filled before."""
    await make_schema(connection)
    return await fill(connection, today=today)


def intents() -> Sequence[ShopIntents]:
    """Return what the sandbox model understands of the shop."""
    return (ShopIntents(),)


def address_book(database: Database) -> ShopAddresses:
    """Return who is on file, for one-time codes."""
    return ShopAddresses(database)
