"""The example shop, seeded, and its tools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import lindenhof
from orchestrator.store.database import Database
from switchboard.business import LOCK
from switchboard.business_file import SHIPPED
from tools.business import Mount
from tools.knowledge import Passage
from tools.registry import Registry, build_registry
from tools.run import preview_tool, run_tool
from tools.settings import load_tool_settings
from tools.tool import Caller, Preview, ToolResult
from tools.verify_identity import NoCodes, Verifier
from tools.withdraw_request import NothingWaits


async def seed_shop(database: Database, *, today: date | None = None) -> bool:
    """Make and fill the shop as a starting gateway does; False where that was done before."""
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        return await lindenhof.prepare(connection, today=today)


def shop_registry(database: Any, search: Any, verifier: Verifier | None = None) -> Registry:
    """Return all tools of the shop's gateway; no code is ever sent and nothing waits without a verifier."""
    settings = load_tool_settings(SHIPPED / "tools.toml")
    own = lindenhof.tools(Mount(database=database, hours=settings.hours, region=settings.region))
    return build_registry(settings, database, search, verifier or NoCodes(), NothingWaits(), business=own)


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
