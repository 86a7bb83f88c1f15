"""The tools there are now: ours, which are always there, and those of the MCP servers that are up."""

from __future__ import annotations

from collections.abc import Iterator

from tools.mcp.servers import McpServers
from tools.registry import Registry
from tools.tool import Tool


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
