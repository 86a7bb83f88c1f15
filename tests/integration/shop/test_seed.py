from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from orchestrator.store.database import Database
from tests.support.shop import seed_shop

TABLES = (
    "lindenhof.customers",
    "lindenhof.orders",
    "lindenhof.items",
    "lindenhof.shipments",
    "lindenhof.seeds",
)


async def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [dict(row) for row in await database.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")]
        for table in TABLES
    }


async def test_the_shop_holds_what_was_promised(database: Database) -> None:
    assert await seed_shop(database)
    known = await database.fetch(
        "SELECT o.number, c.email, c.name, o.status, o.total::text, o.currency,"
        " (SELECT count(*) FROM lindenhof.items i WHERE i.order_number = o.number) AS items"
        " FROM lindenhof.orders o JOIN lindenhof.customers c ON c.number = o.customer"
        " WHERE c.email LIKE '%@example.com' ORDER BY o.number"
    )
    assert [tuple(row) for row in known] == [
        (1042, "ada@example.com", "Ada Byron", "shipped", "84.50", "EUR", 2),
        (1043, "ada@example.com", "Ada Byron", "processing", "19.90", "EUR", 1),
        (8821, "bob@example.com", "Bob Stone", "delivered", "129.00", "USD", 1),
    ]
    assert await database.fetchval("SELECT count(*) FROM lindenhof.customers") == 50
    assert await database.fetchval("SELECT count(*) FROM lindenhof.orders") >= 200
    assert await database.fetchval("SELECT count(DISTINCT currency) FROM lindenhof.orders") == 5


async def test_totals_are_the_sum_of_the_items(database: Database) -> None:
    await seed_shop(database)
    wrong = await database.fetchval(
        "SELECT count(*) FROM lindenhof.orders o WHERE total IS DISTINCT FROM"
        " (SELECT sum(quantity * unit_price) FROM lindenhof.items i WHERE i.order_number = o.number)"
    )
    assert wrong == 0


async def test_order_1042_is_due_soon_after_the_install(database: Database) -> None:
    before = datetime.now(UTC).date()
    await seed_shop(database)
    due = await database.fetchval("SELECT estimated_on FROM lindenhof.orders WHERE number = 1042")
    assert timedelta(days=3) <= due - before <= timedelta(days=4)


async def test_seeding_again_changes_nothing_even_on_another_day(database: Database) -> None:
    assert await seed_shop(database, today=date(2026, 11, 24))
    first = await content(database)
    assert not await seed_shop(database, today=date(2027, 5, 1))
    assert await content(database) == first


async def test_what_was_removed_stays_removed(database: Database) -> None:
    await seed_shop(database)
    await database.execute("DELETE FROM lindenhof.items WHERE order_number = 1043")
    await seed_shop(database)
    assert await database.fetchval("SELECT count(*) FROM lindenhof.items WHERE order_number = 1043") == 0


async def test_replicas_that_start_together_seed_once(database: Database) -> None:
    seeded = await asyncio.gather(*(seed_shop(database, today=date(2026, 11, 24)) for _ in range(5)))
    assert sorted(seeded) == [False, False, False, False, True]
    assert await database.fetchval("SELECT count(*) FROM lindenhof.customers") == 50


async def test_dates_only_differ_by_the_day_of_the_install(database: Database) -> None:
    await seed_shop(database, today=date(2026, 11, 24))
    days = await database.fetch(
        "SELECT o.ordered_on - s.anchor AS ordered, o.estimated_on - s.anchor AS estimated"
        " FROM lindenhof.orders o, lindenhof.seeds s WHERE o.number = 1042"
    )
    assert [tuple(row) for row in days] == [(-4, 3)]
