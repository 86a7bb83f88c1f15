"""`switchboard files get`: save a file that came with a message.

switchboard conversations files 0193…
switchboard files get 0194… --out shoe.png
"""

from __future__ import annotations

import argparse
import asyncio

from switchboard.cli.conversations import save
from switchboard.cli.operator_client import OperatorClient, local_url, operator_token
from switchboard.sources import load_settings


def run(options: argparse.Namespace) -> int:
    """Save one file; raises GatewayRefused, which is exit code 1."""
    settings = load_settings().settings
    client = OperatorClient(options.url or local_url(settings), operator_token(settings))
    data = asyncio.run(client.download(f"/api/files/{options.id}", {"operator": options.operator}))
    return save(data, options.out)
