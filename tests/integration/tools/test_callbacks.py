from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.shop import Shop
from tests.unit.tools.callers import NOW, caller

WISH = {"phone": "030 901820", "when": "2026-11-25T10:30", "topic": "A broken lamp"}


async def test_a_callback_is_written_and_confirmed(shop: Shop) -> None:
    result = await shop.call("schedule_callback", caller(), **WISH)
    assert result.data == {
        "callback": "C-1001",
        "phone": "+4930901820",
        "when": "2026-11-25T10:30+01:00",
        "topic": "A broken lamp",
        "within_business_hours": True,
        "business_hours": "Mon, Tue, Wed, Thu, Fri 09:00-17:00 Europe/Berlin",
        "next_opening": None,
    }
    row = await shop.database.fetchrow("SELECT * FROM callbacks")
    assert row["due_at"] == datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    assert (row["phone"], row["state"], row["created_at"]) == ("+4930901820", "scheduled", NOW)
    assert row["customer_id"] == caller().customer_id


async def test_outside_business_hours_the_next_opening_is_told(shop: Shop) -> None:
    saturday = WISH | {"when": "2026-11-28T22:00:00Z"}
    data = (await shop.call("schedule_callback", caller(), **saturday)).data
    assert data["within_business_hours"] is False
    assert data["next_opening"] == "2026-11-30T09:00+01:00"


async def test_run_again_after_its_time_it_still_answers_the_same(shop: Shop) -> None:
    first = await shop.call("schedule_callback", caller(), **WISH)
    again = await shop.call("schedule_callback", caller(now=NOW + timedelta(days=3)), **WISH)
    assert first.ok
    assert again == first
    assert await shop.database.fetchval("SELECT count(*) FROM callbacks") == 1


async def test_the_same_key_at_once_gives_one_callback(shop: Shop) -> None:
    results = await asyncio.gather(*(shop.call("schedule_callback", caller(), **WISH) for _ in range(16)))
    assert all(result == results[0] for result in results)
    assert results[0].ok
    assert await shop.database.fetchval("SELECT count(*) FROM callbacks") == 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"when": "2026-11-24T09:00"}, "time_in_past"),
        ({"when": "2027-06-01T09:00"}, "time_too_far"),
        ({"when": "tomorrow"}, "invalid_time"),
        ({"phone": "112"}, "invalid_phone"),
        ({"phone": "+1 900 555 0123"}, "invalid_phone"),
        ({"phone": "x'); DROP TABLE callbacks; --"}, "invalid_phone"),
        ({"topic": ""}, "invalid_arguments"),
        ({"topic": "x" * 501}, "invalid_arguments"),
    ],
)
async def test_wrong_wishes_write_nothing(shop: Shop, wrong: dict[str, str], code: str) -> None:
    result = await shop.call("schedule_callback", caller(), **(WISH | wrong))
    assert result.error == code
    assert result.message
    assert await shop.database.fetchval("SELECT count(*) FROM callbacks") == 0


async def test_a_past_time_is_answered_with_the_present_one(shop: Shop) -> None:
    result = await shop.call("schedule_callback", caller(), **(WISH | {"when": "2026-11-20T10:00"}))
    assert result.message == "That time has passed; it is now 2026-11-24T10:00+01:00."
