"""Shows at `/metrics` which MCP servers are up."""

from __future__ import annotations

from functools import partial

from switchboard.operations.metrics import Metrics
from tools.mcp.servers import McpServers


def show_mcp(metrics: Metrics, servers: McpServers) -> None:
    """Let the gauge follow each configured server; call it once."""
    for status in servers.status():
        metrics.mcp_tools.labels(status.name).set_function(partial(_tools, servers, status.name))


def _tools(servers: McpServers, name: str) -> float:
    return float(sum(len(status.tools) for status in servers.status() if status.name == name))
