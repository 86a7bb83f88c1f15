"""The example shop, seeded, and its tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from orchestrator.store.database import Database
from tests.unit.tools.callers import NOW
from tools.knowledge import Passage
from tools.registry import Registry, shop_registry
from tools.run import preview_tool, run_tool
from tools.shop.seed import seed_shop
from tools.tool import Caller, Preview, ToolResult


class Articles:
    """Finds the same passages for every question and remembers the last one."""

    def __init__(self) -> None:
        self.asked: tuple[str, int, str | None] | None = None

    async def search(self, query: str, *, limit: int = 4, language: str | None = None) -> Sequence[Passage]:
        self.asked = (query, limit, language)
        return [
            Passage(
                id=f"returns#{number}", title="Returns", text="Within 30 days. " * 300, score=1 / (number + 1)
            )
            for number in range(9)
        ]


class Shop:
    """The shop's tools, called as a turn calls them."""

    def __init__(self, database: Database, articles: Articles) -> None:
        self.database = database
        self.articles = articles
        self.tools: Registry = shop_registry(database, articles)

    async def call(self, name: str, caller: Caller, **arguments: Any) -> ToolResult:
        tool = self.tools.get(name)
        assert tool is not None
        return await run_tool(tool, caller, arguments)

    async def look(self, name: str, caller: Caller, **arguments: Any) -> Preview | ToolResult:
        """Preview a call."""
        tool = self.tools.get(name)
        assert tool is not None
        return await preview_tool(tool, caller, arguments)


@pytest.fixture
async def shop(database: Database) -> Shop:
    await seed_shop(database, today=NOW.date())
    return Shop(database, Articles())
