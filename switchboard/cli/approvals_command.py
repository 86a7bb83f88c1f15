"""`switchboard approvals`: what waits for a human's yes, from a terminal or a script.

switchboard approvals list --state pending
switchboard approvals approve 0193… --operator Ann --note "Seen with the warehouse."
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

from switchboard.cli.operator_client import OperatorClient, client_of, show
from switchboard.cli.shared_arguments import add_id, add_operator, add_page, add_step, add_steps

Entry = Mapping[str, Any]


def run(options: argparse.Namespace) -> int:
    """Do one thing and print what came of it; raises GatewayRefused, which is exit code 1."""
    value = asyncio.run(_done(client_of(options), options))
    return show(value, _lines(options.step, value), as_json=options.json)


async def _done(client: OperatorClient, options: argparse.Namespace) -> dict[str, Any]:
    if options.step == "list":
        return await client.get("/api/approvals", _query(options))
    path = f"/api/approvals/{options.id}"
    if options.step == "show":
        return await client.get(path, {})
    body = {"verdict": options.step, "note": options.note, "operator": options.operator}
    body["seen_seq"] = options.seen
    return await client.post(path, body)


def _query(options: argparse.Namespace) -> dict[str, str]:
    given = {"state": options.state, "cursor": options.cursor, "limit": options.limit}
    return {name: str(value) for name, value in given.items() if value is not None}


def _lines(step: str, value: Entry) -> Iterator[str]:
    if step == "list":
        for item in value["items"]:
            since = f"  ({len(item['newer_messages'])} newer messages)" if item["newer_messages"] else ""
            yield f"{_head(item)}  {item['created_at']}  {_line(item['summary'])}{since}"
        if value["next"]:
            yield f"More: --cursor {value['next']}"
    elif step == "show":
        yield from _shown(value)
    else:
        yield _head(value)


def _head(item: Entry) -> str:
    state = (
        item["state"] if item["outcome"] in (None, item["state"]) else f"{item['state']}, {item['outcome']}"
    )
    return f"{item['id']}  {state:9}  {item['tool']}"


def _shown(item: Entry) -> Iterator[str]:
    yield _head(item)
    yield _line(item["summary"])
    yield f"arguments: {json.dumps(item['arguments'], ensure_ascii=False)}"
    yield f"evidence: {json.dumps(item['evidence'], ensure_ascii=False)}"
    yield f"held by: {_line(item['policy_line'])} ({_line(item['reason'])})"
    name = item["customer"]["name"] or "anonymous"
    yield f"customer: {item['customer']['id']}  {_line(name)}, trust {item['trust']}, on {item['channel']}"
    yield f"conversation: {item['conversation']}"
    yield f"asked {item['created_at']}, to be decided until {item['expires_at']}"
    for message in item["newer_messages"]:
        yield f"written since, place {message['seq']}: {_line(message['text'])}"
    if item["decided_at"]:
        yield f"{item['state']} {item['decided_at']} by {item['decided_by'] or 'nobody'}"
    if item["note"]:
        yield f"note: {_line(item['note'])}"
    if item["settled_at"]:
        yield f"outcome: {item['outcome']}, told the customer {item['settled_at']}"


def _line(text: str) -> str:
    return " ".join(text.split())


VERDICTS = {
    "approve": "let the action run; the customer is told the outcome",
    "deny": "let the action not run; the customer is told so, without the note",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command."""
    steps = add_steps(parser)
    listing = add_step(steps, "list", "list approvals, newest first")
    listing.add_argument("--state", choices=("pending", "approved", "denied", "expired", "withdrawn"))
    add_page(listing)
    add_id(add_step(steps, "show", "show an action with its evidence, and what became of it"), "approval")
    for name, what in VERDICTS.items():
        step = add_step(steps, name, what)
        add_id(step, "approval")
        step.add_argument("--note", default="", metavar="TEXT", help="why, for other operators only")
        add_operator(step)
        step.add_argument(
            "--seen", type=int, default=0, metavar="N", help="the customer's messages are read up to place N"
        )
