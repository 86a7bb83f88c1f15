"""`switchboard mcp`: a running gateway's operator API as an MCP server on standard input and output."""

from __future__ import annotations

import argparse
import asyncio

from switchboard.cli.operator_client import client_of
from switchboard.cli.shared_arguments import add_url
from switchboard.errors import StartFailed


def run(options: argparse.Namespace) -> int:
    """Serve until the input closes; standard output carries the protocol alone."""
    client = client_of(options)
    try:
        from switchboard.mcp_server.server import operator_server
        from switchboard.mcp_server.tools import OperatorTools
    except ImportError as error:
        raise StartFailed(f"The package {error.name} is not installed.") from None
    server = operator_server(OperatorTools(client, options.operator), read_only=options.read_only)
    asyncio.run(server.run_stdio_async())
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe where the gateway is and for whom the assistant works."""
    add_url(parser)
    parser.add_argument(
        "--operator", default="operator", metavar="NAME", help="in whose name it is done (operator)"
    )
    parser.add_argument("--read-only", action="store_true", help="offer only what changes nothing")
