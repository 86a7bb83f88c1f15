"""Orders are cancelled and redirected once for each key, and only before they leave the house."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.languages.wording import SPOKEN
from tests.support.shop import Shop
from tests.unit.tools.callers import verified
from tools.tool import Caller, Preview, ToolResult

ADA = "ada@example.com"
CANCEL = {"order_id": "1043", "reason": "Ordered twice"}
MOVE = {"order_id": "1043", "address": "Hauptstr. 5\n10115 Berlin\n"}
ARGUMENTS: dict[str, dict[str, Any]] = {"cancel_order": CANCEL, "change_address": MOVE}


def owner(key: str = "key-1") -> Caller:
    return replace(verified(ADA, idempotency_key=key), trust=3)


async def state(shop: Shop, number: int = 1043) -> tuple[str, str]:
    sql = "SELECT status, address FROM lindenhof.orders WHERE number = $1"
    return tuple(await shop.database.fetchrow(sql, number))


async def test_a_cancelled_order_says_so(shop: Shop) -> None:
    result = await shop.call("cancel_order", owner(), **CANCEL)
    assert result.data == {
        "order_id": "1043",
        "status": "cancelled",
        "status_before": "processing",
        "cancelled_at": "2026-11-24T09:00:00Z",
    }
    status = (await shop.call("get_order_status", owner(), order_id="1043")).data
    assert (status["status"], status["estimated_delivery"]) == ("cancelled", None)


async def test_an_order_gets_its_new_address_on_one_line(shop: Shop) -> None:
    result = await shop.call("change_address", owner(), **MOVE)
    assert result.data["address"] == "Hauptstr. 5, 10115 Berlin"
    assert await state(shop) == ("processing", "Hauptstr. 5, 10115 Berlin")


@pytest.mark.parametrize("tool", ARGUMENTS)
async def test_what_is_packed_can_still_be_changed(shop: Shop, tool: str) -> None:
    await shop.database.execute("UPDATE lindenhof.orders SET status = 'packed' WHERE number = 1043")
    assert (await shop.call(tool, owner(), **ARGUMENTS[tool])).ok


@pytest.mark.parametrize("tool", ARGUMENTS)
@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("shipped", "too_late"),
        ("delivered", "too_late"),
        ("returned", "too_late"),
        ("cancelled", "already_cancelled"),
    ],
)
async def test_what_left_the_house_stays_as_it_is(shop: Shop, tool: str, status: str, error: str) -> None:
    await shop.database.execute("UPDATE lindenhof.orders SET status = $1 WHERE number = 1043", status)
    before = await state(shop)
    done = await shop.call(tool, owner(), **ARGUMENTS[tool])
    seen = await shop.look(tool, owner(), **ARGUMENTS[tool])
    assert isinstance(seen, ToolResult)
    assert (done.error, seen.error) == (error, error)
    assert await state(shop) == before


@pytest.mark.parametrize("tool", ARGUMENTS)
async def test_the_same_key_twenty_times_at_once_is_one_change(shop: Shop, tool: str) -> None:
    results = await asyncio.gather(*(shop.call(tool, owner(), **ARGUMENTS[tool]) for _ in range(20)))
    assert all(result == results[0] and result.ok for result in results)
    assert await shop.database.fetchval("SELECT count(*) FROM lindenhof.changes") == 1


async def test_two_keys_at_once_cancel_once(shop: Shop) -> None:
    results = await asyncio.gather(
        *(shop.call("cancel_order", owner(f"key-{n}"), **CANCEL) for n in range(10))
    )
    assert sorted(str(result.error) for result in results) == ["None", *["already_cancelled"] * 9]


async def test_the_same_key_gives_the_first_result_after_the_order_went_on(shop: Shop) -> None:
    first = await shop.call("change_address", owner(), **MOVE)
    await shop.call("change_address", owner("other"), **MOVE | {"address": "Am Markt 19, Wien"})
    await shop.database.execute("UPDATE lindenhof.orders SET status = 'shipped' WHERE number = 1043")
    assert await shop.call("change_address", owner(), **MOVE) == first
    assert isinstance(await shop.look("change_address", owner(), **MOVE), Preview)
    assert (await state(shop))[1] == "Am Markt 19, Wien"


async def test_the_same_key_for_something_else_is_an_error(shop: Shop) -> None:
    await shop.call("change_address", owner(), **MOVE)
    again = [
        await shop.call("cancel_order", owner(), **CANCEL),
        await shop.call("change_address", owner(), **MOVE | {"address": "Am Markt 19, Wien"}),
    ]
    assert [result.error for result in again] == ["key_reused"] * 2
    assert (await state(shop))[0] == "processing"


async def test_previews_say_what_would_be_done(shop: Shop) -> None:
    cancel = await shop.look("cancel_order", owner(), **CANCEL)
    move = await shop.look("change_address", owner(), **MOVE)
    assert isinstance(cancel, Preview)
    assert isinstance(move, Preview)
    assert cancel.summary == "Cancel order 1043 (19.90 EUR, processing) of Ada Byron"
    assert cancel.told.keys() == set(SPOKEN)
    assert cancel.told["de"] == "die Stornierung von Bestellung 1043"
    assert (cancel.amount, cancel.currency) == (Decimal("19.90"), "EUR")
    assert move.summary == "Send order 1043 (processing) of Ada Byron to: Hauptstr. 5, 10115 Berlin"
    assert move.told.keys() == set(SPOKEN)
    assert move.told["en"] == "the change of address of order 1043"
    assert (move.amount, move.facts["address"][:22]) == (None, "5 Analytical Terrace, ")
    assert (await state(shop))[0] == "processing"
