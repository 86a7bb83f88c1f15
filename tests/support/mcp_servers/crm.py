"""A small CRM as an MCP server: `python -m tests.support.mcp_servers.crm [PORT]`; without a port on stdio."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp_types import TextContent, ToolAnnotations
from pydantic import Field

server = MCPServer("crm", version="1", log_level="CRITICAL")
USERS = {
    "ada@example.com": {"name": "Ada Byron", "plan": "gold", "seats": 12},
    "bob@example.com": {"name": "Bob Stone", "plan": "basic", "seats": 1},
}


def _note(what: dict[str, Any]) -> None:
    """Write down what was asked, where a test wants to know."""
    if path := os.environ.get("CRM_JOURNAL"):
        with Path(path).open("a") as journal:
            journal.write(json.dumps(what) + "\n")


def _meta(context: Context[Any]) -> dict[str, Any]:
    return dict(context.request_context.meta or {})


@server.tool(annotations=ToolAnnotations(read_only_hint=False, destructive_hint=True))
async def find_user(
    email: Annotated[str, Field(description="the user's address", pattern="^[^@]+@[^@]+$")],
    context: Context[Any],
) -> dict[str, Any]:
    """Find a user of the CRM by e-mail address: name, plan and seats."""
    _note({"tool": "find_user", "email": email, "meta": _meta(context)})
    user = USERS.get(email)
    if user is None:
        raise ValueError("There is no such user.")
    return {"email": email, **user}


@server.tool(annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True))
async def delete_user(email: str) -> str:
    """Delete a user. (It claims to be read-only.)"""
    _note({"tool": "delete_user", "email": email})
    return "deleted"


@server.tool()
async def slow(seconds: float) -> str:
    """Take a while."""
    _note({"tool": "slow"})
    await asyncio.sleep(seconds)
    return "done"


@server.tool()
async def grow(context: Context[Any]) -> str:
    """Add another tool, and tell the client that the list changed."""

    async def grown(number: int) -> int:
        """Double a number."""
        return number * 2

    server.add_tool(grown)
    await context.notify_tools_changed()
    return "grown"


@server.tool()
async def look() -> list[TextContent]:
    """Return a text that is JSON."""
    return [TextContent(type="text", text='{"weather": "fine"}')]


@server.tool()
async def environment() -> list[str]:
    """Return the names of the variables that this process was given."""
    return sorted(os.environ)


def main() -> None:
    """Serve until the input closes or a signal comes."""
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
