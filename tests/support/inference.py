"""What tests of inference share: a journal in memory, a budget, a maker of decisions on a local server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from orchestrator.inference.catalog import Catalog
from orchestrator.inference.decide import DecisionMaker
from orchestrator.inference.provider import Provider, RequestTimes
from orchestrator.inference.types import (
    Decided,
    Prompt,
    RecordedRequest,
    Release,
    RequestOutcome,
    ToolSpec,
)
from tests.support.model_server import ModelServer

SYSTEM = "You answer customers. Answer with JSON that follows the schema."
PATIENT = RequestTimes(connect=5.0, first_byte=10.0, idle=10.0, total=20.0)
QUICK = RequestTimes(connect=2.0, first_byte=0.4, idle=0.4, total=2.0)  # where a time-out is meant to happen


def _tool(name: str, properties: dict[str, Any], required: Sequence[str] = ()) -> ToolSpec:
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return ToolSpec(name=name, description=f"The tool {name}.", parameters=schema)


TOOLS = (
    _tool("get_order_status", {"order_id": {"type": "string", "maxLength": 32}}, ["order_id"]),
    _tool(
        "create_ticket",
        {
            "subject": {"type": "string", "maxLength": 200},
            "description": {"type": "string"},
            "priority": {"enum": ["low", "normal", "high"]},
        },
        ["subject"],
    ),
    _tool(
        "refund_order",
        {"order_id": {"type": "string"}, "amount": {"type": "number", "exclusiveMinimum": 0}},
        ["order_id", "amount"],
    ),
    _tool(
        "tag_order",
        {"order_id": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
        ["order_id", "tags"],
    ),
    _tool("list_orders", {}),
)


@dataclass(slots=True)
class MemoryJournal:
    """A journal in memory; `log` tells the order of things."""

    rows: list[RecordedRequest] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    purposes: list[str] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)
    marked: list[UUID] = field(default_factory=list)

    async def recorded(self, step: int) -> list[RecordedRequest]:
        return list(self.rows)

    async def begin(self, *, step: int, attempt: int, model: str, purpose: str) -> UUID:
        self.rows.append(RecordedRequest(attempt=attempt, model=model, outcome=None))
        self.ids.append(uuid4())
        self.purposes.append(purpose)
        self.log.append("begin")
        return self.ids[-1]

    async def answered(self, request_id: UUID) -> None:
        self.marked.append(request_id)

    async def finish(self, request_id: UUID, outcome: RequestOutcome) -> None:
        position = self.ids.index(request_id) + len(self.rows) - len(self.ids)
        self.rows[position] = replace(self.rows[position], outcome=outcome)
        self.log.append(f"finish {outcome.outcome}")

    @property
    def outcomes(self) -> list[str]:
        """The outcomes so far, "none" where a request has none."""
        return [row.outcome.outcome if row.outcome else "none" for row in self.rows]


@dataclass(slots=True)
class FixedBudget:
    """A budget of so many looks."""

    requests: int | None = None

    async def left(self) -> int | None:
        if self.requests is None:
            return None
        self.requests -= 1
        return self.requests + 1


def catalog(*models: dict[str, Any], route: Sequence[str] | None = None) -> Catalog:
    """Return a catalog of models with plain defaults, routed in this order."""
    entries = [{"window": 8192, "max_tokens": 512, **each} for each in models]
    names = [str(each["name"]) for each in entries]
    return Catalog.model_validate({"model": entries, "routes": {"default": list(route or names)}})


AB = catalog({"name": "a"}, {"name": "b"})
NATIVE = catalog({"name": "a", "tools": "native"}, {"name": "b"})


@dataclass(slots=True)
class Bench:
    """One maker of decisions on one local server; `waits` records what it slept."""

    server: ModelServer
    decisions: DecisionMaker
    journal: MemoryJournal
    released: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    async def release(self, text: str) -> None:
        self.journal.log.append("release")
        self.released.append(text)

    async def ask(
        self,
        text: str = "Where is my order 1042?",
        *,
        seconds: float = 20.0,
        compacted: bool = False,
        release: Release | None = None,
        **prompt: Any,
    ) -> Decided:
        """Ask for a decision about one customer message."""
        show = release or self.release
        decided = await self.decisions.decide(
            prompt_for(text, **prompt),
            step=1,
            route="chat",
            tools=TOOLS,
            journal=self.journal,
            deadline=asyncio.get_running_loop().time() + seconds,
            release=show,
            compacted=compacted,
        )
        for piece in decided.rest:
            await show(piece)
        return replace(decided, released=decided.released + "".join(decided.rest), rest=())


def prompt_for(text: str, *, system: str = SYSTEM, thread: str = "", **fields: Any) -> Prompt:
    """Return a prompt with one message of the customer."""
    return Prompt(system=system, thread=thread, messages=({"role": "user", "content": text},), **fields)


@asynccontextmanager
async def bench(
    models: Catalog = AB,
    *,
    limits: RequestTimes = PATIENT,
    budget: int | None = None,
    journal: MemoryJournal | None = None,
) -> AsyncIterator[Bench]:
    """Run a server and a maker of decisions that records its waits instead of sleeping."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with ModelServer() as server:
        provider = Provider(base_url=server.url, api_key="key", limits=limits)
        decisions = DecisionMaker(
            provider=provider, budget=FixedBudget(budget), catalog=lambda: models, sleep=sleep
        )
        made = Bench(server, decisions, journal or MemoryJournal())
        made.waits = waits
        try:
            yield made
        finally:
            await provider.aclose()
