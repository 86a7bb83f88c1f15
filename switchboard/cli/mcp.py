"""`switchboard mcp`: a running gateway's operator API as an MCP server on standard input and output."""

from __future__ import annotations

import argparse
import asyncio

from switchboard.cli.operator_client import OperatorClient, local_url, operator_token
from switchboard.errors import StartFailed
from switchboard.sources import load_settings


def run(options: argparse.Namespace) -> int:
    """Serve until the input closes; standard output carries the protocol alone."""
    settings = load_settings().settings
    client = OperatorClient(options.url or local_url(settings), operator_token(settings))
    try:
        from switchboard.mcp_server.server import operator_server
        from switchboard.mcp_server.tools import OperatorTools
    except ImportError as error:
        raise StartFailed(f"The package {error.name} is not installed.") from None
    server = operator_server(OperatorTools(client, options.operator), read_only=options.read_only)
    asyncio.run(server.run_stdio_async())
    return 0
