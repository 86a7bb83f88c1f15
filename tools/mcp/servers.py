"""All MCP servers of the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping

from tools.mcp.bounds import PAUSES
from tools.mcp.foreign_schema import Clean
from tools.mcp.managed_server import McpServer, McpStatus
from tools.mcp.settings import McpServerSettings
from tools.tool import Tool

START_WAIT = 5.0
"""Seconds that a start waits for servers; those that take longer come later."""


class McpServers:
    """The servers and the tools of those that are up now; without servers it does nothing and costs nothing.

    `reserved` are the names of our own tools, which no server may take. `clean` takes instructions out of
    a server's words before the model is shown them.
    """

    def __init__(
        self,
        settings: Mapping[str, McpServerSettings],
        *,
        clean: Clean,
        reserved: Iterable[str] = (),
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._reserved = frozenset(reserved)
        self._servers = tuple(
            McpServer(each, clean=clean, taken=self._taken, pauses=pauses) for each in settings.values()
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *, wait: float = START_WAIT) -> None:
        """Begin to connect; return when each server was tried once, after `wait` seconds at the latest."""
        if not self._servers:
            return
        self._tasks = [asyncio.create_task(server.run()) for server in self._servers]
        tried = [asyncio.create_task(server.tried.wait()) for server in self._servers]
        try:
            await asyncio.wait(tried, timeout=wait)
        except asyncio.CancelledError:
            await self.stop()
            raise
        finally:
            for each in tried:
                each.cancel()

    async def stop(self) -> None:
        """Close every session and end every process; takes a few seconds at most."""
        for server, task in zip(self._servers, self._tasks, strict=False):
            server.end()
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    @property
    def tools(self) -> dict[str, Tool]:
        """Return the tools that can be called now, by our names; an earlier server's wins."""
        found: dict[str, Tool] = {}
        for server in self._servers:
            for name, mounted in server.mounted.items():
                found.setdefault(name, mounted.tool)
        return found

    def status(self) -> tuple[McpStatus, ...]:
        """Return how each server is, in the order of the configuration."""
        return tuple(server.status for server in self._servers)

    def away(self, name: str) -> bool:
        """Tell whether a tool of this name was there and its server is down: it may come back."""
        return any(name in server.status.away for server in self._servers)

    def _taken(self, asking: McpServer) -> Collection[str]:
        """Return the names that `asking` may not take: ours and those of the servers named before it."""
        before = self._servers[: self._servers.index(asking)]
        return self._reserved.union(*(server.known for server in before))
