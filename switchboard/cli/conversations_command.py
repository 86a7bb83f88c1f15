"""`switchboard conversations`: what an operator sees and does, from a terminal or a script.

switchboard conversations list --status human
switchboard conversations reply 0193… "We found it: it is ready today." --operator Ann
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from switchboard.cli.operator_client import GatewayAway, OperatorClient, client_of, save, show
from switchboard.cli.shared_arguments import add_id, add_operator, add_page, add_step, add_steps
from switchboard.errors import SwitchboardError

Entry = Mapping[str, Any]

LONGEST_LINE = 80
MOST_BELOW = 60


def run(options: argparse.Namespace) -> int:
    """Do one thing and print what came of it; raises GatewayRefused, which is exit code 1."""
    client = client_of(options)
    if options.step == "raw":
        return save(asyncio.run(client.download(_mail(options), _by(options))), options.out)
    value = asyncio.run(_done(client, options))
    return show(value, _lines(options.step, value), as_json=options.json)


async def _done(client: OperatorClient, options: argparse.Namespace) -> dict[str, Any]:
    if options.step == "list":
        return await client.get("/api/conversations", _query(options))
    path = f"/api/conversations/{options.id}"
    if options.step in ("show", "files"):
        return await client.get(path, {})
    if options.step == "mail":
        return await client.get(_mail(options), _by(options))
    body: dict[str, Any] = {"operator": options.operator, "force": options.force}
    if options.if_seq is not None:
        body["if_seq"] = options.if_seq
    if options.step == "reply":
        text = sys.stdin.read().strip() if options.text == "-" else options.text
        files = [await _uploaded(client, Path(each), options) for each in options.file or ()]
        more = {"attachments": files} if files else {}
        return await _replied(client, path, {**body, "text": text, "id": str(uuid.uuid4()), **more})
    return await client.post(f"{path}/{options.step}", body)


async def _uploaded(client: OperatorClient, path: Path, options: argparse.Namespace) -> dict[str, str]:
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise SwitchboardError(f"{path} can't be read: {error.strerror}.") from error
    kept = await client.upload("/api/files", path.name, data, _by(options))
    return {"id": str(kept["id"])}


async def _replied(client: OperatorClient, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Reply, and once more when the answer got lost: the id keeps it from being posted twice."""
    try:
        return await client.post(f"{path}/reply", body)
    except GatewayAway:
        return await client.post(f"{path}/reply", body)


def _mail(options: argparse.Namespace) -> str:
    return f"/api/conversations/{options.id}/messages/{options.message}/{options.step}"


def _by(options: argparse.Namespace) -> dict[str, str]:
    return {"operator": options.operator}


def _query(options: argparse.Namespace) -> dict[str, str]:
    given = {"status": options.status, "cursor": options.cursor, "limit": options.limit}
    return {name: str(value) for name, value in given.items() if value is not None}


def _lines(step: str, value: Entry) -> Iterator[str]:
    if step == "list":
        yield from _listed(value)
    elif step == "show":
        yield from _shown(value)
    elif step == "files":
        yield from _files(value)
    elif step == "mail":
        yield from _letter(value)
    else:
        yield f"{value['id']}  {value['status']}  {_owner(value)}  {value.get('reach_words', '')}".rstrip()


def _listed(value: Entry) -> Iterator[str]:
    for item in value["items"]:
        handoff = item["handoff"]
        priority = handoff["priority"] if handoff else "-"
        since = handoff["since"] if handoff else item["updated_at"]
        excerpt = item["last_message"]["excerpt"] if item["last_message"] else ""
        about = f"{handoff['reason']} / {excerpt}" if handoff else excerpt
        yield (
            f"{item['id']}  {_status_of(item):16}  {_owner(item):12}  {item['channel']:6}  {priority:6}"
            f"  {item['reach']:11}  {since}  {who(item['customer'])}: {_short(about)}"
        )
    if value["next"]:
        yield f"More: --cursor {value['next']}"


def _shown(value: Entry) -> Iterator[str]:
    head = f"{value['id']}  {value['status']}  {_owner(value)}  {value['channel']}"
    yield f"{head}  {who(value['customer'])}  place {value['seq']}  {value['reach_words']}"
    if value["summary"]:
        yield value["summary"]["text"]
    if waits := value.get("deferred"):
        yield f"-- waits for the {waits['reason']} since {waits['since']}; next try {waits['next_try']}"
    if value["truncated"]:
        yield "(older entries are left out)"
    for entry in value["timeline"]:
        yield from (f"{entry['at']}  {line}" for line in WORDS[entry["kind"]](entry))


def _files(value: Entry) -> Iterator[str]:
    for entry in value["timeline"]:
        for file in entry.get("files") or ():
            yield f"{file['id']}  {entry['author']:9}  {file['media_type']}  {file['size']}  {file['name']}"


def _letter(value: Entry) -> Iterator[str]:
    yield from (f"{header['name']}: {header['value']}" for header in value["headers"])
    yield ""
    yield value["text"]
    if value["html_text"]:
        yield f"-- its HTML says:\n{value['html_text']}"
    yield from (
        f"-- file: {each['name']}, {each['media_type']}, {each['size']} bytes"
        for each in value["attachments"]
    )


def _message(entry: Entry) -> Iterator[str]:
    spoken = entry.get("spoken")
    sure = f" (spoken, {spoken['confidence']:.0%} sure)" if spoken else ""
    yield f"{entry['author']}{sure}: " + entry["text"][: entry.get("fold")].replace("\n", "\n    ")
    if entry.get("below"):
        yield from _below(entry["below"].split("\n"))
    yield from (f"    file {file['id']}: {file['name']}" for file in entry.get("files") or ())


def _below(lines: Sequence[str]) -> Iterator[str]:
    """What was cut out of a mail, marked so that nobody takes it for the answer."""
    yield "   below the answer:"
    yield from (f"   | {line}" for line in lines[:MOST_BELOW])
    if len(lines) > MOST_BELOW:
        yield f"   ({len(lines) - MOST_BELOW} more lines: --json)"


def _status(entry: Entry) -> Iterator[str]:
    yield f"-- status: {entry['status']}"


def _handoff(entry: Entry) -> Iterator[str]:
    yield f"-- handoff ({entry['priority']}): {_short(entry['reason'])}"


def _verdict(entry: Entry) -> Iterator[str]:
    yield f"-- {entry['stage']} rule {entry['rule']}: {entry['judgement']}, {_short(entry['reason'])}"


def _approval(entry: Entry) -> Iterator[str]:
    yield f"-- approval {entry['id']}: {entry['state']}, {_short(entry['summary'])}"


def _call(entry: Entry) -> Iterator[str]:
    counts = f"{entry['heard']} heard, {entry['missed']} missed, {entry['interrupted']} interrupted"
    yield f"-- call until {entry['ended']}, ended by {entry['ended_by']}: {counts}"


def _recorded(entry: Entry) -> Iterator[str]:
    yield f"-- mail from {entry['sender']}, not answered ({entry['reason']}): {_short(entry['text'] or '')}"


def _turn(entry: Entry) -> Iterator[str]:
    yield f"-- turn: {entry['outcome'] or entry['state']}"
    for request in entry["requests"]:
        tokens = f"{request['input_tokens'] or 0}+{request['output_tokens'] or 0} tokens"
        took = f"{request['latency_ms'] or 0:.0f} ms"
        yield f"   asked {request['model']}: {request['outcome'] or 'unfinished'}, {took}, {tokens}"
    for action in entry["actions"]:
        arguments = _short(json.dumps(action["arguments"], ensure_ascii=False))
        yield f"   {action['tool']} {arguments}: {action['verdict']}, {action['state']}"


WORDS = {
    "message": _message,
    "status": _status,
    "handoff": _handoff,
    "turn": _turn,
    "verdict": _verdict,
    "approval": _approval,
    "call": _call,
    "mail": _recorded,
}


def who(customer: Entry) -> str:
    """Name a customer: by name and address as far as they are known; a mere claim is marked."""
    address = customer["address"]
    claimed = "" if address is None or customer["verified"] else " (claimed)"
    known = [part for part in (customer["name"], address and f"<{address}>{claimed}") if part]
    return " ".join(known) or "anonymous"


def _status_of(item: Entry) -> str:
    """Return the status; of an open conversation that waits for a model, what it waits for."""
    waits = item.get("deferred")
    return f"waits: {waits['reason']}" if waits and item["status"] == "open" else str(item["status"])


def _owner(value: Entry) -> str:
    return str(value["operator"] or value["owner"])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


STATUSES = ("open", "waiting_approval", "human", "closed", "deferred")

STEPS = {
    "take": "take a conversation from the bot or the queue",
    "reply": "write to the customer, and take the conversation with it",
    "release": "give a conversation back to the bot",
    "close": "close a conversation",
}

MAILS = {
    "mail": "show the whole mail that a message came by",
    "raw": "save the mail that a message came by, as it came",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command."""
    steps = add_steps(parser)
    listing = add_step(
        steps,
        "list",
        "list conversations, newest activity first; with --status human who is most urgent and waits longest",
    )
    listing.add_argument("--status", choices=STATUSES)
    add_page(listing)
    add_id(add_step(steps, "show", "show all that happened in a conversation"), "conversation")
    add_id(add_step(steps, "files", "list the files of a conversation"), "conversation")
    for name, what in (MAILS | STEPS).items():
        step = add_step(steps, name, what)
        add_id(step, "conversation")
        if name in MAILS:
            step.add_argument("message", type=UUID, metavar="MESSAGE", help="the message's id")
        if name == "raw":
            step.add_argument("--out", metavar="PATH", help="where to save it (standard output)")
        if name == "reply":
            step.add_argument("text", metavar="TEXT", help="what to write; - reads it from standard input")
            step.add_argument("--file", action="append", metavar="PATH", help="a file to attach (repeatable)")
        add_operator(step)
        if name in STEPS:
            step.add_argument("--force", action="store_true", help="also where a colleague has it")
            step.add_argument("--if-seq", type=int, metavar="N", help="only if nothing is behind place N yet")
