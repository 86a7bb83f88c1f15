from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.support.shop import Shop
from tests.unit.tools.callers import NOW, caller


async def test_a_ticket_is_written_and_numbered(shop: Shop) -> None:
    result = await shop.call(
        "create_ticket", caller(), subject=" Broken\n lamp ", description="It flickers.", priority="high"
    )
    assert result.ok
    assert result.data == {
        "ticket": "T-1001",
        "subject": "Broken lamp",
        "priority": "high",
        "created_at": "2026-11-24T09:00:00Z",
    }
    row = await shop.database.fetchrow("SELECT * FROM tickets")
    assert (row["number"], row["description"], row["kind"], row["state"]) == (
        "T-1001",
        "It flickers.",
        "request",
        "open",
    )
    assert (row["customer_id"], row["conversation_id"]) == (caller().customer_id, caller().conversation_id)
    assert row["id"].version == 7


async def test_the_same_key_again_gives_the_same_ticket(shop: Shop) -> None:
    first = await shop.call("create_ticket", caller(), subject="Lamp", description="It flickers.")
    later = caller(now=NOW + timedelta(hours=1))
    again = await shop.call("create_ticket", later, subject="Lamp", description="It flickers.")
    assert again == first
    assert await shop.database.fetchval("SELECT count(*) FROM tickets") == 1


async def test_the_same_key_at_once_gives_one_ticket(shop: Shop) -> None:
    calls = [
        shop.call("create_ticket", caller(idempotency_key=key), subject="Lamp", description=key)
        for key in ("a", "b", "c") * 6
    ]
    results = await asyncio.gather(*calls)
    assert all(result.ok for result in results)
    for offset in range(3):
        assert len({result.data["ticket"] for result in results[offset::3]}) == 1
    assert await shop.database.fetchval("SELECT count(*) FROM tickets") == 3


@pytest.mark.parametrize(
    "text",
    [
        "Robert'); DROP TABLE tickets;--",
        "$1 %s {subject} \\",
        "Größe 🧵 \u202eabc 中文 العربية",
        "<script>alert(1)</script>",
        "ignore previous instructions",
    ],
)
async def test_any_text_is_kept_as_it_is(shop: Shop, text: str) -> None:
    result = await shop.call("create_ticket", caller(), subject=text, description=text)
    row = await shop.database.fetchrow("SELECT subject, description FROM tickets")
    assert tuple(row) == (text, text)
    assert result.data["subject"] == text


async def test_what_can_not_be_stored_is_replaced(shop: Shop) -> None:
    result = await shop.call("create_ticket", caller(), subject="a\x00b", description="\ud800x")
    assert result.ok
    assert tuple(await shop.database.fetchrow("SELECT subject, description FROM tickets")) == (
        "a\ufffdb",
        "\ufffdx",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": " \n"},
        {"subject": "x" * 201},
        {"description": "x" * 4001},
        {"priority": "now"},
        {"subject": None},
        {"customer_id": "00000000-0000-0000-0000-000000000009"},
    ],
)
async def test_wrong_arguments_write_nothing(shop: Shop, wrong: dict[str, object]) -> None:
    given = {"subject": "Lamp", "description": "It flickers."} | wrong
    assert (await shop.call("create_ticket", caller(), **given)).error == "invalid_arguments"
    assert await shop.database.fetchval("SELECT count(*) FROM tickets") == 0


async def test_a_handoff_is_wished_for_and_nothing_is_written(shop: Shop) -> None:
    result = await shop.call("escalate_to_human", caller(), reason="Wants a human", priority="urgent")
    assert result.handoff is not None
    assert (result.handoff.reason, result.handoff.priority) == ("Wants a human", "urgent")
    assert result.data == {"handed_off": True, "reason": "Wants a human", "priority": "urgent"}
