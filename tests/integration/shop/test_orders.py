from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.shop import Shop
from tests.unit.tools.callers import NOW, caller, verified

ADA, BOB = "ada@example.com", "bob@example.com"


async def test_a_customer_sees_their_own_order(shop: Shop) -> None:
    result = await shop.call("get_order_status", verified(ADA), order_id="#1042")
    assert result.ok
    assert result.data == {
        "order_id": "1042",
        "found": True,
        "limited": False,
        "status": "shipped",
        "items": [
            {"name": "Reading lamp with dimmer", "quantity": 1, "unit_price": "64.60"},
            {"name": "Notebook, dotted, A5", "quantity": 1, "unit_price": "19.90"},
        ],
        "item_count": 2,
        "total": "84.50",
        "currency": "EUR",
        "ordered_on": "2026-11-20",
        "estimated_delivery": "2026-11-27",
        "carrier": "An Post",
        "tracking": "SB008251598EU",
        "shipped_on": "2026-11-22",
        "delivered_on": None,
    }


@pytest.mark.parametrize("order_id", [1042, "1 0 4 2", "order 1042"])
async def test_however_the_number_is_written(shop: Shop, order_id: str | int) -> None:
    result = await shop.call("get_order_status", verified(ADA), order_id=order_id)
    assert result.data["order_id"] == "1042"


@pytest.mark.parametrize("tool", ["get_order_status", "get_delivery_eta"])
@pytest.mark.parametrize("trust", [2, 3])
async def test_anothers_order_answers_as_one_that_does_not_exist(shop: Shop, tool: str, trust: int) -> None:
    bob = replace(verified(BOB), trust=trust)
    anothers = await shop.call(tool, bob, order_id="1042")
    nobodys = await shop.call(tool, bob, order_id="9999")
    assert anothers.error == "not_found"
    assert anothers.message is not None
    assert replace(anothers, message=anothers.message.replace("1042", "9999")) == nobodys


@pytest.mark.parametrize("tool", ["get_order_status", "get_delivery_eta"])
async def test_a_claimed_address_opens_nothing_to_a_verified_stranger(shop: Shop, tool: str) -> None:
    both = verified(BOB, claimed_addresses=(ADA,))
    assert (await shop.call(tool, both, order_id="1042")).error == "not_found"
    assert (await shop.call(tool, verified(), order_id="1042")).error == "not_found"


async def test_several_verified_addresses_all_count(shop: Shop) -> None:
    for order_id in ("1042", "8821"):
        assert (await shop.call("get_order_status", verified(BOB, ADA), order_id=order_id)).ok


@pytest.mark.parametrize("trust", [0, 1])
async def test_below_the_level_nothing_but_a_match_is_confirmed(shop: Shop, trust: int) -> None:
    ada = caller(trust=trust, claimed_addresses=(ADA,))
    result = await shop.call("get_order_status", ada, order_id="1042")
    assert result.ok
    assert result.data == {
        "order_id": "1042",
        "found": True,
        "limited": True,
        "verification_needed": True,
        "note": "An order with this number belongs to that address; details only after verification.",
    }


@pytest.mark.parametrize("claimed", [(), (BOB,), ("%",), ("ada@example.com' OR '1'='1",), ("",)])
async def test_without_a_match_existing_and_invented_orders_look_alike(
    shop: Shop, claimed: tuple[str, ...]
) -> None:
    stranger = caller(trust=1, claimed_addresses=claimed)
    existing = await shop.call("get_order_status", stranger, order_id="1042")
    invented = await shop.call("get_order_status", stranger, order_id="9999")
    assert existing.data | {"order_id": "9999"} == invented.data
    assert (existing.data["found"], existing.data["limited"]) == (False, True)


async def test_a_verified_address_does_not_count_below_the_level(shop: Shop) -> None:
    odd = caller(trust=1, verified_addresses=(ADA,))
    assert (await shop.call("get_order_status", odd, order_id="1042")).data["found"] is False


@pytest.mark.parametrize("trust", [0, 1])
async def test_the_delivery_date_needs_a_verified_identity(shop: Shop, trust: int) -> None:
    ada = caller(trust=trust, claimed_addresses=(ADA,), verified_addresses=(ADA,))
    result = await shop.call("get_delivery_eta", ada, order_id="1042")
    assert (result.data, result.error) == (None, "identity_required")


async def test_when_it_arrives(shop: Shop) -> None:
    result = await shop.call("get_delivery_eta", verified(ADA), order_id="1042")
    assert result.data == {
        "order_id": "1042",
        "status": "shipped",
        "estimated_delivery": "2026-11-27",
        "days_left": 3,
        "late": False,
        "delivered_on": None,
        "carrier": "An Post",
        "tracking": "SB008251598EU",
    }


async def test_an_order_that_should_have_arrived_is_late(shop: Shop) -> None:
    later = verified(ADA, now=NOW + timedelta(days=10))
    result = await shop.call("get_delivery_eta", later, order_id="1042")
    assert (result.data["late"], result.data["days_left"]) == (True, 0)


async def test_a_delivered_order_has_a_day_and_no_estimate(shop: Shop) -> None:
    for tool in ("get_delivery_eta", "get_order_status"):
        data = (await shop.call(tool, verified(BOB), order_id="8821")).data
        assert (data["status"], data["delivered_on"], data["estimated_delivery"]) == (
            "delivered",
            "2026-11-08",
            None,
        )


@pytest.mark.parametrize("status", ["cancelled", "returned", "processing", "packed"])
async def test_every_other_status_can_be_told(shop: Shop, status: str) -> None:
    row = await shop.database.fetchrow(
        "SELECT o.number, c.email FROM lindenhof.orders o JOIN lindenhof.customers c ON c.number = o.customer"
        " WHERE o.status = $1 ORDER BY 1 LIMIT 1",
        status,
    )
    owner = verified(row["email"])
    for tool in ("get_delivery_eta", "get_order_status"):
        data = (await shop.call(tool, owner, order_id=str(row["number"]))).data
        assert data["status"] == status
        assert (data["estimated_delivery"] is None) == (status in ("cancelled", "returned"))


@pytest.mark.parametrize("order_id", ["", "mine", "1042 or 1043", None, ["1042"], {"id": 1042}, 1.5, True])
async def test_what_is_no_number_is_asked_for_again(shop: Shop, order_id: object) -> None:
    result = await shop.call("get_order_status", verified(ADA), order_id=order_id)
    assert result.error in ("invalid_order_id", "invalid_arguments")
    assert result.message


@pytest.mark.parametrize("order_id", ["1042' OR '1'='1", "0; DROP TABLE lindenhof.orders; --"])
async def test_sql_in_a_number_does_nothing(shop: Shop, order_id: str) -> None:
    assert not (await shop.call("get_order_status", verified(BOB), order_id=order_id)).ok
    assert await shop.database.fetchval("SELECT count(*) FROM lindenhof.orders") >= 200


@pytest.mark.parametrize(
    "other", [" ada@example.com", "ada@example.com ", "Ada@example.com", "ada@ex\u00adample.com"]
)
async def test_an_address_is_compared_as_the_gateway_gives_it(shop: Shop, other: str) -> None:
    assert (await shop.call("get_order_status", verified("ada@example.com"), order_id="1042")).ok
    assert not (await shop.call("get_order_status", verified(other), order_id="1042")).ok
