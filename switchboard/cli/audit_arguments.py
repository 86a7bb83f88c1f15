"""The arguments of `switchboard audit`."""

from __future__ import annotations

import argparse
from uuid import UUID


def add_audit(parser: argparse.ArgumentParser) -> None:
    """Describe what can be asked of the audit."""
    parser.add_argument("--conversation", type=UUID, metavar="ID", help="only what concerns a conversation")
    parser.add_argument(
        "--actor", help="only what this one did: operator:NAME, bot, customer, system, policy"
    )
    parser.add_argument("--action", help="only this action, e.g. conversation.taken")
    parser.add_argument("--since", metavar="TIME", help="only from this time on, e.g. 2026-11-22T08:00:00Z")
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help="the newest how many (50)")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until interrupted")
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= 10_000:
        raise argparse.ArgumentTypeError("must be between 1 and 10000")
    return count
