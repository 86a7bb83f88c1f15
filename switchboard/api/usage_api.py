"""`/api/usage`: what the model provider was asked, and what the same traffic costs flat and per token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from typing_extensions import TypedDict

from orchestrator.inference.budget import Usage, UsageLedger
from orchestrator.inference.catalog import Price
from switchboard.api.common import ClosedQuery, ListPage, Whole, answer, query
from switchboard.api.route import ApiRoute, get

DAYS = 30
MOST_DAYS = 366
PLACES = Decimal("0.000001")

Prices = Callable[[], Mapping[str, Price]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DayLimit:
    """The provider whose requests are counted, and how many it may get per UTC day; 0 is no limit."""

    provider: str
    limit: int


class UsageQuery(ClosedQuery):
    """How many UTC days are reported, today included."""

    days: Annotated[Whole, Field(ge=1, le=MOST_DAYS)] = DAYS


class UsageItem(TypedDict):
    """What one model was asked for one purpose on one day; costs are in the catalog's unit."""

    id: str
    day: date
    provider: str
    model: str
    purpose: str
    requests: int
    counted: int
    refused: int
    input_tokens: int
    output_tokens: int
    outcomes: dict[str, int]
    flat_cost: float
    per_token_cost: float


class BudgetLeft(TypedDict):
    """What is left of today's requests; `limit` and `left` are null where there is no limit."""

    provider: str
    used: int
    limit: int | None
    left: int | None
    resets_at: datetime


class UsageReport(ListPage[UsageItem]):
    """The usage of some days, with its sums."""

    days: int
    requests: int
    counted: int
    refused: int
    input_tokens: int
    output_tokens: int
    flat_cost: float
    per_token_cost: float
    without_price: list[str]
    budget: BudgetLeft


class UsageRoutes:
    """Serves /api/usage; `prices` is asked each time, for the catalog follows its file."""

    def __init__(self, *, ledger: UsageLedger, budget: DayLimit, prices: Prices) -> None:
        self._ledger = ledger
        self._budget = budget
        self._prices = prices

    def routes(self) -> list[ApiRoute]:
        """Return the one route."""
        return [get("/api/usage", "What was asked of models", self.show, UsageReport, query=UsageQuery)]

    async def show(self, request: web.Request) -> web.Response:
        """GET /api/usage"""
        days = query(request, UsageQuery).days
        usage = await self._ledger.usage(days=days)
        used = await self._ledger.used_today(self._budget.provider)
        return answer(
            report(usage, days=days, prices=self._prices()) | {"budget": _budget(self._budget, used)}
        )


def report(usage: Iterable[Usage], *, days: int, prices: Mapping[str, Price]) -> dict[str, Any]:
    """Return the usage with its costs; costs are in the catalog's unit, models without a price cost 0."""
    items = [_item(line, prices.get(line.model, Price())) for line in usage]
    return {
        "items": items,
        "next": None,
        "days": days,
        "requests": sum(item["requests"] for item in items),
        "counted": sum(item["counted"] for item in items),
        "refused": sum(item["refused"] for item in items),
        "input_tokens": sum(item["input_tokens"] for item in items),
        "output_tokens": sum(item["output_tokens"] for item in items),
        "flat_cost": sum((item["flat_cost"] for item in items), Decimal()),
        "per_token_cost": sum((item["per_token_cost"] for item in items), Decimal()),
        "without_price": sorted({item["model"] for item in items} - set(prices)),
    }


def _item(line: Usage, price: Price) -> dict[str, Any]:
    per_million = line.input_tokens * _decimal(price.input_per_million)
    per_million += line.output_tokens * _decimal(price.output_per_million)
    return {
        "id": f"{line.day}/{line.provider}/{line.model}/{line.purpose}",
        **asdict(line),
        "refused": line.requests - line.counted,
        "flat_cost": (line.counted * _decimal(price.request)).quantize(PLACES),
        "per_token_cost": (per_million / 1_000_000).quantize(PLACES),
    }


def _decimal(amount: float) -> Decimal:
    return Decimal(str(amount))


def _budget(budget: DayLimit, used: int) -> dict[str, Any]:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    return {
        "provider": budget.provider,
        "used": used,
        "limit": budget.limit or None,
        "left": max(0, budget.limit - used) if budget.limit else None,
        "resets_at": datetime.combine(tomorrow, time(), tzinfo=UTC),
    }
