"""What the usage report counts and what it says it costs."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.ids import new_id
from tests.integration.operators.office import Api, Office, serving

REQUEST = """
INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose, started_at, outcome,
    input_tokens, output_tokens)
VALUES ($1, $2, 1, 1, $3, $4, $5, date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
    - make_interval(days => $6), $7, $8, $9)
"""


async def add(office: Office, model: str, **given: Any) -> None:
    values: dict[str, Any] = {
        "provider": "oxlo",
        "purpose": "decide",
        "ago": 0,
        "outcome": "ok",
        "tokens": (1_000, 100),
    }
    values |= given
    await office.database.execute(
        REQUEST,
        new_id(),
        new_id(),
        values["provider"],
        model,
        values["purpose"],
        values["ago"],
        values["outcome"],
        *values["tokens"],
    )


async def test_requests_are_summed_by_day_model_and_purpose(office: Office, api: Api) -> None:
    await add(office, "large")
    await add(office, "large", outcome="http_429", tokens=(None, None))
    await add(office, "large", outcome=None, tokens=(None, None))
    await add(office, "large", purpose="repair")
    await add(office, "large", ago=1)
    await add(office, "small", tokens=(2_000_000, 1_000_000))
    await add(office, "large", ago=40)
    status, value = await api.get("/api/usage")
    assert (status, value["days"], value["next"]) == (200, 30, None)
    lines = [(item["model"], item["purpose"], item["requests"]) for item in value["items"]]
    assert lines == [
        ("large", "decide", 3),
        ("large", "repair", 1),
        ("small", "decide", 1),
        ("large", "decide", 1),
    ]
    today = value["items"][0]
    assert today["outcomes"] == {"ok": 1, "http_429": 1, "unfinished": 1}
    assert (today["input_tokens"], today["output_tokens"]) == (1_000, 100)
    assert today["day"] > value["items"][-1]["day"]
    assert len({item["id"] for item in value["items"]}) == 4
    assert value["requests"] == 6


async def test_costs_are_flat_per_request_and_compared_per_token(office: Office, api: Api) -> None:
    for _ in range(3):
        await add(office, "large", tokens=(100_000, 10_000))
    await add(office, "small", tokens=(2_000_000, 1_000_000))
    await add(office, "unheard-of")
    _, value = await api.get("/api/usage")
    costs = {item["model"]: (item["flat_cost"], item["per_token_cost"]) for item in value["items"]}
    assert costs == {"large": (0.006, 0.42), "small": (0.0, 0.4), "unheard-of": (0.0, 0.0)}
    assert (value["flat_cost"], value["per_token_cost"]) == (0.006, 0.82)
    assert value["without_price"] == ["unheard-of"]


async def test_the_budget_counts_todays_requests_of_the_provider(office: Office, api: Api) -> None:
    await add(office, "large")
    await add(office, "large", outcome="timeout")
    await add(office, "large", ago=1)
    await add(office, "sandbox", provider="sandbox")
    budget = (await api.get("/api/usage", days=1))[1]["budget"]
    assert (budget["provider"], budget["used"], budget["limit"], budget["left"]) == ("oxlo", 2, 60, 58)


async def test_without_a_limit_nothing_is_left_to_count(office: Office) -> None:
    async with serving(office, limit=0) as api:
        budget = (await api.get("/api/usage"))[1]["budget"]
    assert (budget["used"], budget["limit"], budget["left"]) == (0, None, None)


async def test_as_many_days_as_asked_for(office: Office, api: Api) -> None:
    for ago in range(5):
        await add(office, "large", ago=ago)
    assert len((await api.get("/api/usage", days=3))[1]["items"]) == 3


@pytest.mark.parametrize("days", ["0", "367", "x", ""])
async def test_bad_days_are_told(api: Api, days: str) -> None:
    status, value = await api.get("/api/usage", days=days)
    assert (status, value["error"]["code"]) == (400, "bad_request")
