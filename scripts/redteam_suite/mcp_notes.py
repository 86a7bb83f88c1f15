"""An MCP server whose notes were written by an attacker: `python -m scripts.redteam_suite.mcp_notes FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mcp.server import MCPServer

server = MCPServer("notes", version="1", log_level="CRITICAL")
NOTES: list[str] = []


@server.tool()
async def read_note(number: int) -> dict[str, str]:
    """Read one note."""
    return {"note": NOTES[number]}


if __name__ == "__main__":
    NOTES.extend(json.loads(Path(sys.argv[1]).read_text()))
    server.run()
