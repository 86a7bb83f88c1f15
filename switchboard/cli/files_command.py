"""`switchboard files get`: save a file that came with a message.

switchboard conversations files 0193…
switchboard files get 0194… --out shoe.png
"""

from __future__ import annotations

import argparse
import asyncio

from switchboard.cli.operator_client import client_of, save
from switchboard.cli.shared_arguments import add_id, add_operator, add_steps, add_url


def run(options: argparse.Namespace) -> int:
    """Save one file; raises GatewayRefused, which is exit code 1."""
    path = f"/api/files/{options.id}"
    return save(asyncio.run(client_of(options).download(path, {"operator": options.operator})), options.out)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the one step."""
    get = add_steps(parser).add_parser("get", help="save a file", allow_abbrev=False)
    add_id(get, "file")
    get.add_argument("--out", metavar="PATH", help="where to save it (standard output)")
    add_operator(get)
    add_url(get)
