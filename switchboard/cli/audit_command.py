"""`switchboard audit`: who or what changed something, oldest first.

switchboard audit --conversation 0193…
switchboard audit --actor operator:Ann --since 2026-11-22T08:00:00Z --follow
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from switchboard.cli.chat_screen import CONTROLS
from switchboard.cli.operator_client import GatewayAway, OperatorClient, client_of
from switchboard.cli.shared_arguments import add_url, count

Row = Mapping[str, Any]

EVERY = 1.0
"""Seconds between two looks."""
OVERLAP = timedelta(seconds=60)
"""A row's time is when its transaction began: one that took long comes behind younger ones."""
PAGE = 500
PAGES = 20


def run(options: argparse.Namespace) -> int:
    """Print the audit, and with --follow what comes; raises GatewayRefused, which is exit code 1."""
    asyncio.run(_print(client_of(options), options))
    return 0


async def _print(client: OperatorClient, options: argparse.Namespace) -> None:
    query = _query(options)
    rows = await _rows(client, query, most=options.limit)
    _show(rows, as_json=options.json)
    while options.follow:
        await asyncio.sleep(EVERY)
        try:
            found = await _rows(client, {**query, **_from(rows)}, most=PAGE * PAGES)
        except GatewayAway:
            continue  # it may be starting again
        shown = {row["id"] for row in rows}
        _show([row for row in found if row["id"] not in shown], as_json=options.json)
        rows = found


def _from(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return from when on to look again: a little before the newest row."""
    if not rows:
        return {}
    return {"since": (datetime.fromisoformat(rows[-1]["at"]) - OVERLAP).isoformat()}


async def _rows(client: OperatorClient, query: Mapping[str, str], *, most: int) -> list[dict[str, Any]]:
    """Return the newest `most` rows, oldest first."""
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while len(rows) < most:
        page = {"limit": str(min(PAGE, most - len(rows))), **({"cursor": cursor} if cursor else {})}
        value = await client.get("/api/audit", {**query, **page})
        rows += value["items"]
        cursor = value["next"]
        if cursor is None:
            break
    return rows[::-1]


def _query(options: argparse.Namespace) -> dict[str, str]:
    given = {
        "conversation": options.conversation,
        "actor": options.actor,
        "action": options.action,
        "since": options.since,
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    for row in rows:
        line = json.dumps(row, ensure_ascii=False) if as_json else " ".join(_words(row))
        print(CONTROLS.sub("", line), flush=True)


def _words(row: Row) -> Iterator[str]:
    yield f"{row['at']}  {row['actor']}  {row['action']}  {row['subject']}"
    for name in ("before", "after", "verdicts"):
        if row[name]:
            yield f" {name}={json.dumps(row[name], ensure_ascii=False, separators=(',', ':'))}"
    if row["request_id"]:
        yield f" request={row['request_id']}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe what can be asked of the audit."""
    parser.add_argument("--conversation", type=UUID, metavar="ID", help="only what concerns a conversation")
    parser.add_argument(
        "--actor", help="only what this one did: operator:NAME, bot, customer, system, policy"
    )
    parser.add_argument("--action", help="only this action, e.g. conversation.taken")
    parser.add_argument("--since", metavar="TIME", help="only from this time on, e.g. 2026-11-22T08:00:00Z")
    parser.add_argument(
        "--limit", type=count(1, 10_000), default=50, metavar="N", help="the newest how many (50)"
    )
    parser.add_argument("--follow", action="store_true", help="go on with what comes, until interrupted")
    add_url(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
