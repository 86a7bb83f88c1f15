"""The smallest server on the SDK's low level: one tool that fetches a page, as the SDK's own example does.

`python -m tests.support.mcp_servers.simple_tool`, on stdio.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

FETCH = types.Tool(
    name="fetch",
    title="Page fetcher",
    description="Fetches a page and returns its content",
    input_schema={
        "type": "object",
        "required": ["url"],
        "properties": {"url": {"type": "string", "description": "address of the page"}},
    },
)


async def list_tools(_: Any, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    """List the one tool."""
    return types.ListToolsResult(tools=[FETCH])


async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    """Fetch the page."""
    if params.name != "fetch":
        raise ValueError("unknown tool")
    async with httpx2.AsyncClient(trust_env=False) as client:
        page = await client.get((params.arguments or {})["url"])
    return types.CallToolResult(content=[types.TextContent(type="text", text=page.text)])


async def main() -> None:
    """Serve until the input closes."""
    server = Server("simple-tool", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
