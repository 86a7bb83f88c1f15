"""The arguments of `switchboard files`."""

from __future__ import annotations

import argparse
from uuid import UUID


def add_files(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command; `options.step` names the one that was asked for."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    get = steps.add_parser("get", help="save a file", allow_abbrev=False)
    get.add_argument("id", type=UUID, metavar="ID", help="the file's id")
    get.add_argument("--out", metavar="PATH", help="where to save it (standard output)")
    get.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")
    get.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
