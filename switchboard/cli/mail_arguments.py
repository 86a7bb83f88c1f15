"""The arguments of `switchboard mail`."""

from __future__ import annotations

import argparse


def add_mail(parser: argparse.ArgumentParser) -> None:
    """Add `send` and `show`."""
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
