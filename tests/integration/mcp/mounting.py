"""Mounts real MCP servers as a configuration would, and calls their tools."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from switchboard.settings import ROOT
from tests.integration.start.command import environment
from tests.support.mcp_servers.hostile import INJECTION
from tests.unit.tools.callers import caller
from tools.mcp.servers import McpServers
from tools.mcp.settings import McpTable, server_settings
from tools.run import run_tool
from tools.tool import ToolResult

OPEN = {"sensitivity": "read", "trust": 0, "idempotent": True, "timeout": 5}


def clean(text: str) -> str:
    return text.replace(INJECTION, "[removed]")


def command(module: str, *arguments: str) -> list[str]:
    """Return the command of a test server."""
    return [sys.executable, "-P", "-m", f"tests.support.mcp_servers.{module}", *arguments]


def stdio(module: str, *arguments: str, **more: Any) -> dict[str, Any]:
    """Return the table of a test server on stdio, all of it allowed."""
    env = {"PYTHONPATH": str(ROOT), **more.pop("env", {})}
    return {"command": command(module, *arguments), "env": env, "allow": ["*"], "default": OPEN, **more}


def http(port: int, **more: Any) -> dict[str, Any]:
    """Return the table of a test server over HTTP, all of it allowed."""
    return {"url": f"http://127.0.0.1:{port}/mcp", "allow": ["*"], "default": OPEN, **more}


@asynccontextmanager
async def mounted(
    *, reserved: tuple[str, ...] = (), wait: float = 20.0, **tables: dict[str, Any]
) -> AsyncIterator[McpServers]:
    """Yield the running servers of some tables."""
    settings = {
        name: server_settings(name, McpTable.model_validate(table), Path()) for name, table in tables.items()
    }
    servers = McpServers(settings, clean=clean, reserved=reserved, pauses=(0.05, 0.1))
    try:
        await servers.start(wait=wait)
        yield servers
    finally:
        await servers.stop()


async def ask(
    servers: McpServers, tool: str, *, who: dict[str, Any] | None = None, **arguments: Any
) -> ToolResult:
    """Call a tool as a turn does."""
    return await run_tool(servers.tools[tool], caller(**(who or {})), arguments)


async def until(condition: Callable[[], object], *, limit: float = 60.0) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(module: str, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a test server over HTTP until the block ends, and wait until it listens on the last argument."""
    process = await asyncio.create_subprocess_exec(*command(module, *arguments), env=environment())
    try:
        await _listening(int(arguments[-1]))
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return
