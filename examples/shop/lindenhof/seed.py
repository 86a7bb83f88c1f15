"""Fill the example shop.

People, goods, prices and states are the same on every machine. Dates are too, counted from the day of
the first seeding (the anchor, kept in `lindenhof.seeds`): order 1042 is due three days after it. They are
stored as plain dates and never move again, so what the shop says about an order stays consistent;
an order that was due and is still "shipped" is then simply late.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

from lindenhof.catalogue import GOODS
from lindenhof.example import Order, customers, orders, price
from tools.database import Connection


async def fill(connection: Connection, *, today: date | None = None) -> bool:
    """Fill the empty shop, in a transaction; False, and nothing changes, when it was filled before.

    `today` is the anchor the dates are counted from, by default the present day in UTC.
    """
    anchor = today or datetime.now(UTC).date()
    claimed = await connection.fetchval(
        "INSERT INTO lindenhof.seeds (name, anchor) VALUES ('shop', $1)"
        " ON CONFLICT DO NOTHING RETURNING name",
        anchor,
    )
    if claimed is None:
        return False
    await _write(connection, anchor)
    return True


async def _write(connection: Connection, anchor: date) -> None:
    made = orders()
    await _insert(
        connection,
        "lindenhof.customers (number, email, name, language, country)",
        "number integer, email text, name text, language text, country text",
        [asdict(customer) for customer in customers()],
    )
    await _insert(
        connection,
        "lindenhof.orders (number, customer, status, currency, total, address, ordered_on, estimated_on)",
        "number bigint, customer integer, status text, currency text, total numeric, address text,"
        " ordered_on date, estimated_on date",
        [_order_row(order, anchor) for order in made],
    )
    await _insert(
        connection,
        "lindenhof.items (order_number, position, sku, name, quantity, unit_price)",
        "order_number bigint, position integer, sku text, name text, quantity integer, unit_price numeric",
        [row for order in made for row in _item_rows(order)],
    )
    await _insert(
        connection,
        "lindenhof.shipments (order_number, carrier, tracking, shipped_on, delivered_on)",
        "order_number bigint, carrier text, tracking text, shipped_on date, delivered_on date",
        [_shipment_row(order, anchor) for order in made if order.shipped is not None],
    )


async def _insert(connection: Connection, target: str, columns: str, rows: list[dict[str, object]]) -> None:
    """Insert all rows at once; as text, so that it does not matter which codec the pool has for jsonb."""
    sql = f"INSERT INTO {target} SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS row ({columns})"
    await connection.execute(sql, json.dumps(rows, default=str))


def _order_row(order: Order, anchor: date) -> dict[str, object]:
    total = sum(quantity * price(good, order.currency) for good, quantity in order.items)
    return {
        "number": order.number,
        "customer": order.customer,
        "status": order.status,
        "currency": order.currency,
        "total": total,
        "address": order.address,
        "ordered_on": _day(anchor, order.ordered),
        "estimated_on": _day(anchor, order.estimated),
    }


def _item_rows(order: Order) -> Iterator[dict[str, object]]:
    for position, (good, quantity) in enumerate(order.items, start=1):
        sku, name, _ = GOODS[good]
        yield {
            "order_number": order.number,
            "position": position,
            "sku": sku,
            "name": name,
            "quantity": quantity,
            "unit_price": price(good, order.currency),
        }


def _shipment_row(order: Order, anchor: date) -> dict[str, object]:
    return {
        "order_number": order.number,
        "carrier": order.carrier,
        "tracking": f"SB{order.number * 7919 % 10**9:09d}{order.currency[:2]}",
        "shipped_on": _day(anchor, order.shipped),
        "delivered_on": _day(anchor, order.delivered),
    }


def _day(anchor: date, days: int | None) -> date | None:
    return None if days is None else anchor + timedelta(days=days)
