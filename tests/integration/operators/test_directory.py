"""Customers are found by whatever an operator knows of them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.ids import new_id
from tests.integration.operators.office import Api, Office

NUMBER = "+4930901820"


async def found(api: Api, wanted: str) -> list[str]:
    status, value = await api.get("/api/customers", q=wanted)
    assert (status, value["next"]) == (200, None)
    return [item["id"] for item in value["items"]]


@pytest.mark.parametrize(
    "wanted",
    ["ada@example.com", "ADA@Example.com", NUMBER, "030 901820", "+49 (30) 90-18-20", "byron", "Ada B",
     "1042", "#1042", "RMA-77/4"],
)  # fmt: skip
async def test_a_customer_is_found_by_address_number_name_and_what_they_spoke_of(
    office: Office, api: Api, wanted: str
) -> None:
    ada, bob = await office.begin(email="ada@example.com"), await office.begin(email="bob@example.com")
    await office.database.execute(
        "INSERT INTO contacts (id, customer_id, kind, address, verified_at)"
        " VALUES ($1, $2, 'phone', $3, now())",
        new_id(),
        ada.customer_id,
        NUMBER,
    )
    await office.database.execute("UPDATE customers SET name = 'Bob' WHERE id = $1", bob.customer_id)
    await office.write(ada, "Where is my order 1042, please? The return is RMA-77/4.")
    await office.write(bob, "Order 10421 and RMA-77/45 are mine.")
    assert await found(api, wanted) == [str(ada.customer_id)]


async def test_an_id_finds_its_customer_and_nobody_else(office: Office, api: Api) -> None:
    ada = await office.begin(email="ada@example.com")
    await office.begin()
    assert await found(api, str(ada.customer_id)) == [str(ada.customer_id)]
    assert await found(api, str(ada.id)) == []


async def test_what_was_done_with_an_order_finds_its_customer(office: Office, api: Api) -> None:
    ada = await office.begin(email="ada@example.com")
    await office.database.execute(
        "INSERT INTO actions (id, turn_id, conversation_id, step, position, tool, arguments, key, state,"
        " verdict) VALUES ($1, $1, $2, 1, 0, 'book', $3, 'k', 'done', 'run')",
        new_id(),
        ada.conversation_id,
        {"trip": {"booking": "TX-9"}},
    )
    assert await found(api, "TX-9") == [str(ada.customer_id)]


@pytest.mark.parametrize("wanted", ["nobody@example.com", "%", "_", "x' OR 1=1", ".*", "9999999", "a.b"])
async def test_nobody_is_nobody(office: Office, api: Api, wanted: str) -> None:
    ada = await office.begin(email="ada@example.com")
    await office.write(ada, "Hello there, axb.")
    assert await found(api, wanted) == []


@pytest.mark.parametrize("query", [{}, {"q": " "}, {"q": "ada", "limit": "0"}])
async def test_a_search_for_nothing_is_refused(api: Api, query: dict[str, Any]) -> None:
    assert (await api.get("/api/customers", **query))[0] == 400
