"""The configuration files while the gateway runs: read again when they change, or when SIGHUP says so."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from orchestrator.errors import StoreAway
from orchestrator.inference.catalog import CatalogFile, CatalogSource
from orchestrator.knowledge.articles import KnowledgeError
from orchestrator.knowledge.search import Knowledge
from orchestrator.policies import PolicyFile
from orchestrator.watched_file import WatchedFile
from switchboard.business import Business
from switchboard.operations.readiness import Parts
from switchboard.settings import Settings
from tools.registry import LiveRegistry
from tools.settings import ToolSettings, ToolSettingsError, load_tool_settings
from tools.tool import Toolset

log = structlog.get_logger()
LAST_GOOD = "{variable} is wrong now; what it last said rightly is in force."
RESTART = "{variable} has changed; a restart puts that in force."


class ConfigFiles:
    """Policy, catalog, tools and articles; each that is not in force as it stands gives a notice."""

    def __init__(
        self,
        settings: Settings,
        business: Business,
        *,
        policies: PolicyFile,
        catalog: CatalogSource,
        knowledge: Knowledge,
        registry: Toolset,
    ) -> None:
        """`catalog`: the sandbox's comes from no file."""
        self._folder: Path = settings.knowledge
        self._policies = policies
        self._catalog = catalog if isinstance(catalog, CatalogFile) else None
        self._tools = _tools(settings.tools, business.zone.key)
        self._tools_in_force = self._tools()
        self._registry = registry
        self._knowledge = knowledge
        self._knowledge_problem: str | None = None
        self._reading: asyncio.Task[None] | None = None

    def give_notice(self, parts: Parts) -> None:
        """Tell `parts` what to ask."""
        parts.notice("policy", lambda: _last_good("SWITCHBOARD_POLICY", self._policies))
        if (catalog := self._catalog) is not None:
            parts.notice("catalog", lambda: _last_good("SWITCHBOARD_CATALOG", catalog))
        parts.notice("policy_tools", self._unknown_tools)
        parts.notice("tools", self._tools_notice)
        parts.notice("knowledge", lambda: self._knowledge_problem)

    def read_again(self) -> None:
        """Read all of them now; what is wrong is logged, and what was right stays in force."""
        for file in (self._policies, self._catalog, self._tools):
            if file is not None:
                file.look_again()
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_articles())

    async def stop(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read_articles(self) -> None:
        try:
            await self._knowledge.load(self._folder)
        except (KnowledgeError, StoreAway, OSError) as error:
            log.error("knowledge_invalid_kept_last", problem=str(error))
            self._knowledge_problem = LAST_GOOD.format(variable="SWITCHBOARD_KNOWLEDGE")
        else:
            log.info("knowledge_reloaded")
            self._knowledge_problem = None

    def _unknown_tools(self) -> str | None:
        """Name the tables of the policy that no tool has: a rule for them is never asked."""
        unknown = [name for name in self._policies().tools if self._is_unknown(name)]
        if not unknown:
            return None
        return f"SWITCHBOARD_POLICY has tables for tools that are not there: {', '.join(sorted(unknown))}."

    def _is_unknown(self, name: str) -> bool:
        live = self._registry
        return live.get(name) is None and not (isinstance(live, LiveRegistry) and live.away(name))

    def _tools_notice(self) -> str | None:
        if problem := _last_good("SWITCHBOARD_TOOLS", self._tools):
            return problem
        return RESTART.format(variable="SWITCHBOARD_TOOLS") if self._tools() != self._tools_in_force else None


def _last_good(variable: str, file: WatchedFile[Any]) -> str | None:
    """Say that the file turned wrong; the log and doctor say what is wrong with it."""
    file()  # looks at the file, every two seconds at most
    return None if file.problem is None else LAST_GOOD.format(variable=variable)


def _tools(path: Path, zone: str) -> WatchedFile[ToolSettings]:
    return WatchedFile(
        path,
        load=partial(load_tool_settings, zone=zone),
        invalid=ToolSettingsError,
        loaded=lambda _: None,  # a change gives a notice
        wrong=lambda error: log.error("tools_invalid_kept_last", problem=str(error)),
    )
