"""Money goes back once for each key, never more than was paid, and only to whom the order belongs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.languages.wording import SPOKEN
from tests.support.shop import Shop
from tests.unit.tools.callers import verified
from tools.tool import Caller, Preview, ToolResult

ADA, BOB = "ada@example.com", "bob@example.com"
MUG = {"order_id": "1042", "amount": "80.00", "currency": "EUR", "reason": "The mug is broken"}


def owner(*addresses: str, key: str = "key-1") -> Caller:
    return replace(verified(*addresses, idempotency_key=key), trust=3)


async def refund(shop: Shop, caller: Caller, **changes: Any) -> ToolResult:
    return await shop.call("refund_order", caller, **(MUG | changes))


async def refunded(shop: Shop, number: int = 1042) -> Decimal:
    sql = "SELECT coalesce(sum(amount), 0) FROM lindenhof.refunds WHERE order_number = $1"
    return Decimal(await shop.database.fetchval(sql, number))


async def test_a_refund_is_made_and_shown_with_the_order(shop: Shop) -> None:
    result = await refund(shop, owner(ADA))
    assert result.data == {
        "refund": "R-1001",
        "order_id": "1042",
        "amount": "80.00",
        "currency": "EUR",
        "refunded": "80.00",
        "total": "84.50",
        "made_at": "2026-11-24T09:00:00Z",
    }
    status = (await shop.call("get_order_status", owner(ADA), order_id="1042")).data
    assert status["refunded"] == "80.00"
    assert status["refunds"] == [{"refund": "R-1001", "amount": "80.00", "made_on": "2026-11-24"}]


@pytest.mark.parametrize("amount", ["80", "80.0", "80.00", " 80.00 ", 80, 80.0])
async def test_however_the_amount_is_written(shop: Shop, amount: object) -> None:
    assert (await refund(shop, owner(ADA), amount=amount, currency="eur")).data["amount"] == "80.00"


@pytest.mark.parametrize(
    "amount",
    ["80,00", "1e3", "NaN", "-5", "0", "0.00", "80.001", "+5", "80 EUR", "٨٠", "", "1_0", 0, -1, 80.001],
)
async def test_what_is_no_clear_amount_moves_nothing(shop: Shop, amount: object) -> None:
    result = await refund(shop, owner(ADA), amount=amount)
    assert result.error == "invalid_amount"
    assert await refunded(shop) == 0


@pytest.mark.parametrize("amount", [True, None, float("nan"), float("inf"), ["80"], {"value": 80}])
async def test_what_is_no_amount_at_all_is_no_argument(shop: Shop, amount: object) -> None:
    assert (await refund(shop, owner(ADA), amount=amount)).error == "invalid_arguments"


async def test_never_more_than_was_paid(shop: Shop) -> None:
    assert (await refund(shop, owner(ADA), amount="84.51")).error == "too_much"
    assert (await refund(shop, owner(ADA, key="a"))).ok
    more = await refund(shop, owner(ADA, key="b"), amount="4.51")
    assert (more.error, more.message) == ("too_much", "At most 4.50 EUR of order 1042 can still be refunded.")
    assert (await refund(shop, owner(ADA, key="c"), amount="4.50")).data["refunded"] == "84.50"
    assert await refunded(shop) == Decimal("84.50")


async def test_only_in_the_currency_of_the_order(shop: Shop) -> None:
    assert (await refund(shop, owner(ADA), currency="USD")).error == "wrong_currency"
    assert (await refund(shop, owner(ADA), currency="€€€")).error == "wrong_currency"
    assert (await refund(shop, owner(ADA), currency="euro")).error == "invalid_arguments"


async def test_a_currency_without_decimals_has_none(shop: Shop) -> None:
    await shop.database.execute(
        "UPDATE lindenhof.orders SET currency = 'JPY', total = 8000 WHERE number = 1042"
    )
    assert (await refund(shop, owner(ADA), currency="JPY", amount="80.5")).error == "invalid_amount"
    seen = await shop.look("refund_order", owner(ADA), **MUG | {"currency": "JPY", "amount": 80})
    assert isinstance(seen, Preview)
    assert seen.told["de"] == "die Erstattung von 80 JPY für Bestellung 1042"


@pytest.mark.parametrize("tool", ["refund_order", "cancel_order", "change_address"])
async def test_anothers_order_answers_as_one_that_does_not_exist(shop: Shop, tool: str) -> None:
    every = MUG | {"address": "Hauptstr. 5, 10115 Berlin"}
    wanted = {"refund_order": MUG, "cancel_order": ("reason",), "change_address": ("address",)}[tool]
    arguments = {name: every[name] for name in wanted}
    asked: Sequence[tuple[str, ...]] = [(BOB,), (), ("%",), ("ada@example.com' OR '1'='1",)]
    for addresses in asked:
        for do in (shop.call, shop.look):
            caller = replace(owner(*addresses), claimed_addresses=(ADA,))
            anothers = await do(tool, caller, **arguments | {"order_id": "1043"})
            nobodys = await do(tool, caller, **arguments | {"order_id": "9999"})
            assert isinstance(anothers, ToolResult)
            assert (anothers.error, anothers.message) == ("not_found", "This customer has no order 1043.")
            assert nobodys == replace(anothers, message="This customer has no order 9999.")
    assert await refunded(shop, 1043) == 0


@pytest.mark.parametrize("tool", ["refund_order", "cancel_order", "change_address"])
@pytest.mark.parametrize("trust", [0, 1, 2])
async def test_below_level_three_nothing_is_even_looked_at(shop: Shop, tool: str, trust: int) -> None:
    caller = replace(owner(ADA), trust=trust)
    for found in (await shop.call(tool, caller, **MUG), await shop.look(tool, caller, **MUG)):
        assert isinstance(found, ToolResult)
        assert (found.ok, found.error) == (False, "identity_required")


async def test_the_same_key_again_gives_the_first_result(shop: Shop) -> None:
    first = await refund(shop, owner(ADA))
    await refund(shop, owner(ADA, key="other"), amount="4.50")
    assert await refund(shop, owner(ADA), amount=80) == first
    assert await refunded(shop) == Decimal("84.50")


@pytest.mark.parametrize(
    "other", [{"amount": "1"}, {"reason": "Another one"}, {"order_id": "1043", "amount": "1"}]
)
async def test_the_same_key_with_other_arguments_is_an_error(shop: Shop, other: dict[str, str]) -> None:
    await refund(shop, owner(ADA))
    assert (await refund(shop, owner(ADA), **other)).error == "key_reused"
    assert await refunded(shop) + await refunded(shop, 1043) == Decimal("80.00")


async def test_the_same_key_twenty_times_at_once_is_one_refund(shop: Shop) -> None:
    results = await asyncio.gather(*(refund(shop, owner(ADA), amount="4.00") for _ in range(20)))
    assert all(result == results[0] and result.ok for result in results)
    assert await refunded(shop) == Decimal("4.00")


async def test_one_key_for_two_orders_at_once_is_one_refund(shop: Shop) -> None:
    orders = ["1042", "1043"] * 10
    results = await asyncio.gather(*(refund(shop, owner(ADA), order_id=o, amount="1") for o in orders))
    assert {result.error for result in results} == {None, "key_reused"}
    assert await refunded(shop) + await refunded(shop, 1043) == Decimal("1.00")


async def test_twenty_refunds_at_once_never_exceed_the_total(shop: Shop) -> None:
    results = await asyncio.gather(
        *(refund(shop, owner(ADA, key=f"key-{n}"), amount="20.00") for n in range(20))
    )
    assert sum(result.ok for result in results) == 4
    assert {result.error for result in results if not result.ok} == {"too_much"}
    assert await refunded(shop) == Decimal("80.00")
    assert sorted(r.data["refunded"] for r in results if r.ok) == ["20.00", "40.00", "60.00", "80.00"]


async def test_a_preview_tells_what_a_human_needs_and_does_nothing(shop: Shop) -> None:
    seen = await shop.look("refund_order", owner(ADA), **MUG)
    assert isinstance(seen, Preview)
    assert seen.told.keys() == set(SPOKEN)
    assert seen.told["en"] == "the refund of 80.00 EUR for order 1042"
    assert seen.told["fr"] == "le remboursement de 80,00 EUR pour la commande 1042"
    assert seen == Preview(
        summary="Refund 80.00 EUR for order 1042 (total 84.50 EUR, refunded so far 0.00) to Ada Byron",
        told=seen.told,
        facts={
            "order_id": "1042",
            "customer": "Ada Byron",
            "status": "shipped",
            "total": "84.50",
            "refunded": "0",
            "currency": "EUR",
            "ordered_on": "2026-11-20",
            "item_count": 2,
            "reason": "The mug is broken",
        },
        amount=Decimal("80.00"),
        currency="EUR",
    )
    assert await refunded(shop) == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"amount": "90"}, "too_much"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"amount": "x"}, "invalid_amount"),
    ],
)
async def test_a_preview_refuses_what_the_refund_would(
    shop: Shop, changes: dict[str, str], error: str
) -> None:
    seen = await shop.look("refund_order", owner(ADA), **MUG | changes)
    assert isinstance(seen, ToolResult)
    assert seen.error == error


async def test_a_preview_of_what_is_done_already_still_describes_it(shop: Shop) -> None:
    before = await shop.look("refund_order", owner(ADA), **MUG)
    await refund(shop, owner(ADA))
    after = await shop.look("refund_order", owner(ADA), **MUG)
    assert isinstance(before, Preview)
    assert isinstance(after, Preview)
    assert (after.told, after.amount, after.facts["refunded"]) == (before.told, before.amount, "80.00")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.decimals("0.01", "60", places=2) | st.text(max_size=8) | st.floats(), max_size=6))
async def test_whatever_is_asked_for_the_sum_stays_within_the_total(shop: Shop, amounts: list[Any]) -> None:
    await shop.database.execute("TRUNCATE lindenhof.refunds")
    paid = Decimal(0)
    for number, amount in enumerate(amounts):
        written = str(amount) if isinstance(amount, Decimal) else amount
        result = await refund(shop, owner(ADA, key=f"key-{number}"), amount=written)
        paid += Decimal(result.data["amount"]) if result.ok else 0
    assert await refunded(shop) == paid <= Decimal("84.50")
