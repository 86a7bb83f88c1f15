"""`switchboard mail list|open|accept`: the mails that came, those too that nobody was answered for.

switchboard mail list --reason bulk
switchboard mail accept 0193… --from bert@example.org --operator Ann
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from switchboard.cli.operator_client import OperatorClient, local_url, operator_token
from switchboard.cli.screen import CONTROLS
from switchboard.settings import Settings

LONGEST_LINE = 80


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Do one thing and print what came of it; raises GatewayRefused, which is exit code 1."""
    client = OperatorClient(options.url or local_url(settings), operator_token(settings))
    value = asyncio.run(_done(client, options))
    lines = (
        [json.dumps(value, indent=2, ensure_ascii=False)] if options.json else _lines(options.action, value)
    )
    for line in lines:
        print(CONTROLS.sub("", line))
    return 0


async def _done(client: OperatorClient, options: argparse.Namespace) -> dict[str, Any]:
    if options.action == "list":
        given = {name: getattr(options, name) for name in ("state", "reason", "cursor", "limit")}
        given["state"] = None if given["state"] == "all" else given["state"]
        return await client.get("/api/mails", {name: str(value) for name, value in given.items() if value})
    path = f"/api/mails/{options.id}"
    if options.action == "open":
        return await client.get(path, {})
    sender = {"from": options.sender} if options.sender else {}
    return await client.post(
        f"{path}/accept", {"operator": options.operator, "answer": not options.no_answer, **sender}
    )


def _lines(action: str, value: Mapping[str, Any]) -> Iterator[str]:
    if action == "list":
        yield from _listed(value)
    elif action == "open":
        yield from (f"{name}: {value[name]}" for name in SHOWN if value[name])
        yield from ("", value["text"] or "(There is no text.)")
    else:
        yield f"{value['id']}  {value['state']}  conversation {value['conversation'] or '(being read)'}"


SHOWN = ("received_at", "state", "reason", "detail", "from", "form", "reply_to", "subject", "conversation")


def _listed(value: Mapping[str, Any]) -> Iterator[str]:
    for item in value["items"]:
        excerpt = " ".join((item["excerpt"] or item["subject"] or "").split())[:LONGEST_LINE]
        reason = item["reason"] or item["state"]
        yield f"{item['id']}  {item['received_at']}  {reason:22}  {item['from'] or '<>'}  {excerpt}"
    if value["next"]:
        yield f"More: --cursor {value['next']}"
