"""The arguments of `switchboard mail`."""

from __future__ import annotations

import argparse
from uuid import UUID


def add_mail(parser: argparse.ArgumentParser) -> None:
    """Add what one can do with mails."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    send = actions.add_parser("send", help="hand a mail to a running gateway", allow_abbrev=False)
    send.add_argument("--from", dest="sender", required=True, metavar="ADDRESS")
    send.add_argument("--to", metavar="ADDRESS", help="default: the first address of ours")
    send.add_argument("--subject", default="")
    send.add_argument("--text", help="default: standard input")
    send.add_argument("--file", metavar="EML", help="send this file as it is, headers and all")
    send.add_argument("--answer", action="store_true", help="answer the newest mail in the outbox, threaded")
    send.add_argument("--server", metavar="HOST:PORT", help="default: from the settings")
    password = actions.add_parser(
        "password", help="make a line for SWITCHBOARD_MAIL__ACCOUNTS", allow_abbrev=False
    )
    password.add_argument("user")
    show = actions.add_parser("show", help="show the answers in the outbox", allow_abbrev=False)
    show.add_argument("count", nargs="?", type=int, default=5, help="how many of the newest (5)")
    show.add_argument("--raw", action="store_true", help="with all headers and parts")
    _add_desk(actions)


def _add_desk(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `list`, `open` and `accept`, which ask a running gateway."""
    listed = actions.add_parser("list", help="list mails that nobody was answered for", allow_abbrev=False)
    listed.add_argument("--state", default="recorded", help="recorded (default), accepted, stored or all")
    listed.add_argument("--reason", help="only this one, e.g. bulk, form_without_visitor, same_words")
    listed.add_argument("--limit", type=int, metavar="N")
    listed.add_argument("--cursor", help="go on where a list ended")
    opened = actions.add_parser("open", help="show one mail with its text", allow_abbrev=False)
    accepted = actions.add_parser("accept", help="make a conversation of a recorded mail", allow_abbrev=False)
    accepted.add_argument(
        "--from", dest="sender", metavar="ADDRESS", help="whose it is, where it does not say"
    )
    accepted.add_argument("--no-answer", action="store_true", help="let it wait for a person")
    accepted.add_argument("--operator", default="operator", metavar="NAME")
    for each in (opened, accepted):
        each.add_argument("id", type=UUID)
    for each in (listed, opened, accepted):
        each.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
        each.add_argument("--json", action="store_true")
