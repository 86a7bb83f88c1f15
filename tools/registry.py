"""Which tools there are: those every business has, named here, and those that it brings itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tools.create_ticket import create_ticket_tool
from tools.database import Database
from tools.escalate_to_human import escalate_to_human_tool
from tools.knowledge import Searcher, search_knowledge_tool
from tools.mcp.servers import McpServers
from tools.schedule_callback import schedule_callback_tool
from tools.settings import ToolSettings, ToolSettingsError
from tools.tool import Tool
from tools.verify_identity import Verifier, verify_identity_tool
from tools.withdraw_request import Withdrawals, withdraw_request_tool


@dataclass(frozen=True, kw_only=True, slots=True)
class Registry:
    """The tools of this gateway, by name, in the order the model is shown them."""

    tools: Mapping[str, Tool]

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, or None."""
        return self.tools.get(name)

    def names(self) -> tuple[str, ...]:
        """Return all names."""
        return tuple(self.tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())

    def __len__(self) -> int:
        return len(self.tools)


class LiveRegistry:
    """A registry that changes as servers come and go; ours come first and keep their names."""

    def __init__(self, fixed: Registry, mcp: McpServers) -> None:
        self._fixed = fixed
        self._mcp = mcp

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, or None: it does not exist or its server is down."""
        return self._fixed.get(name) or self._mcp.tools.get(name)

    def away(self, name: str) -> bool:
        """Tell whether the tool exists, but its server is down now."""
        return self.get(name) is None and self._mcp.away(name)

    def names(self) -> tuple[str, ...]:
        """Return all names there are now."""
        return tuple(tool.name for tool in self)

    def __iter__(self) -> Iterator[Tool]:
        yield from self._fixed
        yield from (tool for name, tool in self._mcp.tools.items() if self._fixed.get(name) is None)

    def __len__(self) -> int:
        return len(self.names())


def build_registry(
    settings: ToolSettings,
    database: Database,
    search: Searcher,
    verifier: Verifier | None = None,
    withdrawals: Withdrawals | None = None,
    *,
    business: Sequence[Tool] = (),
) -> Registry:
    """Return the business's own tools, and ours: `verify_identity` with a verifier, and so on.

    Raises ToolSettingsError where the business gives one of its own a name that is taken.
    """
    desk = (
        search_knowledge_tool(search),
        create_ticket_tool(database),
        schedule_callback_tool(database, settings.hours, settings.region),
        escalate_to_human_tool(),
    )
    identity = () if verifier is None else (verify_identity_tool(verifier),)
    held = () if withdrawals is None else (withdraw_request_tool(withdrawals),)
    mounted = (*business, *desk, *identity, *held)
    tools = {tool.name: tool for tool in mounted}
    if len(tools) < len(mounted):
        twice = next(tool.name for tool in mounted if tools[tool.name] is not tool)
        raise ToolSettingsError(f"Two tools are called {twice}; the business has to rename its own.")
    return Registry(tools=tools)
