"""The arguments of `switchboard conversations`."""

from __future__ import annotations

import argparse
from uuid import UUID

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


def add_conversations(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command; `options.step` names the one that was asked for."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    listing = _step(
        steps,
        "list",
        "list conversations, newest activity first; with --status human who is most urgent and waits longest",
    )
    listing.add_argument("--status", choices=STATUSES)
    listing.add_argument("--limit", type=int, metavar="N", help="how many (50)")
    listing.add_argument("--cursor", help="go on where an earlier list ended")
    _identified(_step(steps, "show", "show all that happened in a conversation"))
    _identified(_step(steps, "files", "list the files of a conversation"))
    for name, what in MAILS.items():
        step = _step(steps, name, what)
        _identified(step)
        step.add_argument("message", type=UUID, metavar="MESSAGE", help="the message's id")
        step.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")
        if name == "raw":
            step.add_argument("--out", metavar="PATH", help="where to save it (standard output)")
    for name, what in STEPS.items():
        step = _step(steps, name, what)
        _identified(step)
        if name == "reply":
            step.add_argument("text", metavar="TEXT", help="what to write; - reads it from standard input")
            step.add_argument("--file", action="append", metavar="PATH", help="a file to attach (repeatable)")
        step.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")
        step.add_argument("--force", action="store_true", help="also where a colleague has it")
        step.add_argument("--if-seq", type=int, metavar="N", help="only if nothing is behind place N yet")


def _step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=what, allow_abbrev=False)
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    parser.add_argument("--json", action="store_true", help="print the gateway's JSON")
    return parser


def _identified(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=UUID, metavar="ID", help="the conversation's id")
