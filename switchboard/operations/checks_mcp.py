"""Can the MCP servers of the tool configuration be used, and what of them?"""

from __future__ import annotations

from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.settings import Settings
from tools.mcp.server import McpStatus
from tools.mcp.servers import McpServers
from tools.settings import ToolSettingsError, load_tool_settings

PART = "mcp"
WAIT = 8.0
"""Seconds for all servers together."""


async def check_mcp(settings: Settings) -> Finding:
    """Connect to each server once and list its tools; a command is started for it and ended again."""
    try:
        configured = load_tool_settings(settings.tools).mcp
    except ToolSettingsError:
        return broken(PART, "SWITCHBOARD_TOOLS can't be read: see files.")
    if not configured:
        return ok(PART, "No MCP servers are configured.")
    servers = McpServers(configured, clean=str)
    try:
        await servers.start(wait=WAIT)
        found = servers.status()
    finally:
        await servers.stop()
    detail = " ".join(_told(status) for status in found)
    well = all(status.state == "up" and status.tools and not status.notices for status in found)
    return ok(PART, detail) if well else warning(PART, detail)


def _told(status: McpStatus) -> str:
    notices = f" Not mounted: {' '.join(status.notices)}" if status.notices else ""
    if status.state == "up":
        tools = ", ".join(status.tools) or "nothing of it is allowed"
        return f"{status.name}: {tools}.{notices}"
    return f"{status.name} is away, its tools with it: {status.reason or 'it does not answer.'}"
