"""`switchboard customers`: what is held about a person, and what an operator does with it.

switchboard customers export 0193… > ada.json
switchboard customers merge 0193… 0194… --operator Ann
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from switchboard.cli.operator_client import OperatorClient, client_of, show
from switchboard.cli.shared_arguments import add_id, add_operator, add_step, add_steps
from switchboard.errors import SwitchboardError

Entry = Mapping[str, Any]


def run(options: argparse.Namespace) -> int:
    """Do one thing and print what came of it; raises GatewayRefused, which is exit code 1."""
    if options.step == "delete" and not options.yes:
        raise SwitchboardError("A deleted customer does not come back: repeat it with --yes.")
    value = asyncio.run(_done(client_of(options), options))
    whole = options.json or options.step == "export"
    return show(value, _lines(options.step, value), as_json=whole)


async def _done(client: OperatorClient, options: argparse.Namespace) -> dict[str, Any]:
    if options.step in LOOSE:
        return await _looked_up(client, options.step, options.id)
    path = f"/api/customers/{options.id}"
    match options.step:
        case "export":
            return await client.get(f"{path}/export", {"operator": options.operator})
        case "delete":
            return await client.delete(path, {"operator": options.operator})
        case "tags":
            return await client.put(f"{path}/tags", {"tags": options.tags, "operator": options.operator})
        case "merge":
            body = {"other": str(options.other), "operator": options.operator}
            return await client.post(f"{path}/merge", body)
    return await client.post(f"{path}/unmerge", {"merge": str(options.merge), "operator": options.operator})


def _is_id(wanted: str) -> bool:
    try:
        UUID(wanted)
    except ValueError:
        return False
    return True


async def _looked_up(client: OperatorClient, step: str, wanted: str) -> dict[str, Any]:
    """Show the one customer that is meant, or list them where that is asked for or there are several."""
    if step == "show" and _is_id(wanted):
        return await client.get(f"/api/customers/{wanted}", {})
    found = await client.get("/api/customers", {"q": wanted})
    if not found["items"]:
        raise SwitchboardError(f"No customer is known by {wanted!r}.")
    if step == "find" or len(found["items"]) > 1:
        return found
    return await client.get(f"/api/customers/{found['items'][0]['id']}", {})


def _lines(step: str, value: Entry) -> Iterator[str]:
    match step:
        case "find" | "show" if "items" in value:
            yield from map(_found, value["items"])
        case "find" | "show":
            yield from _shown(value)
        case "delete":
            counts = (value["conversations"], value["mails"], value["files"])
            yield "{}  deleted  {} conversations  {} mails  {} files".format(value["id"], *counts)
        case "tags":
            yield f"{value['id']}  {_tags(value)}"
        case _:
            done = "unmerged" if value["undone_at"] else "merged"
            moved = len(value["conversations"])
            yield f"{value['id']}  {done}  {value['merged']}  {value['kept']}  {moved} conversations"


def _found(item: Entry) -> str:
    contacts = ", ".join(
        each["address"] if each["verified"] else f"{each['address']} (claimed)" for each in item["contacts"]
    )
    last = item["last_message"]
    about = f"{last['at']}  {' '.join(last['excerpt'].split())[:80]}" if last else "never wrote"
    return f"{item['id']}  {item['name'] or 'anonymous'}  {contacts or '-'}  {about}"


def _shown(value: Entry) -> Iterator[str]:
    yield f"{value['id']}  {value['name'] or 'anonymous'}  {value['language'] or '-'}  {_tags(value)}"
    if value["merged_into"]:
        yield f"   merged into {value['merged_into']}"
    for contact in value["contacts"]:
        proof = f"verified {contact['verified_at']}" if contact["verified_at"] else "claimed"
        yield f"   {contact['kind']}: {contact['address']} ({proof})"
    for merge in value["merges"]:
        state = f"undone {merge['undone_at']}" if merge["undone_at"] else "stands"
        yield f"   merge {merge['id']}: {merge['merged']} ({state})"
    for fact in value["facts"]:
        yield f"   {fact['key']}: {fact['value']} (trust {fact['trust']})"
    for conversation in value["conversations"]:
        words = (conversation["id"], conversation["channel"], conversation["status"])
        handoff, last = conversation["handoff"], conversation["last_message"]
        about = " ".join((handoff["reason"] if handoff else last["excerpt"] if last else "").split())[:80]
        yield "   " + "  ".join(words) + f"  {conversation['updated_at']}  {about}"


def _tags(value: Entry) -> str:
    return ", ".join(value["tags"]) or "no tags"


LOOSE = ("find", "show")
"""Steps that take whatever a customer is known by; the others change something, and take an id."""
STEPS = {
    "find": "list the customers that an id, address, phone number, name or ticket may mean",
    "show": "show what is known of a customer",
    "export": "print everything that is held about the person, as JSON",
    "delete": "delete everything that is held about the person",
    "merge": "make another customer the same person",
    "unmerge": "undo a merge",
    "tags": "put these tags in the place of the customer's",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command."""
    steps = add_steps(parser)
    for name, what in STEPS.items():
        step = add_step(steps, name, what)
        if name in LOOSE:
            step.add_argument(
                "id", metavar="WHO", help="id, address, phone number, name, a number they named"
            )
        else:
            add_id(step, "customer")
        _more(name, step)
        add_operator(step)


def _more(name: str, step: argparse.ArgumentParser) -> None:
    match name:
        case "merge":
            step.add_argument("other", type=UUID, metavar="OTHER", help="the id of who is the same person")
        case "unmerge":
            step.add_argument("merge", type=UUID, metavar="MERGE", help="the id of the merge")
        case "tags":
            step.add_argument("tags", nargs="*", metavar="TAG", help="none takes all away")
        case "delete":
            step.add_argument("--yes", action="store_true", help="yes, for good")
