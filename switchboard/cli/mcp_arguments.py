"""The arguments of `switchboard mcp`."""

from __future__ import annotations

import argparse


def add_mcp(parser: argparse.ArgumentParser) -> None:
    """Describe where the gateway is and for whom the assistant works."""
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    parser.add_argument(
        "--operator", default="operator", metavar="NAME", help="in whose name it is done (operator)"
    )
    parser.add_argument("--read-only", action="store_true", help="offer only what changes nothing")
