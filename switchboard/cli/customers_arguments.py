"""The arguments of `switchboard customers`."""

from __future__ import annotations

import argparse
from uuid import UUID

LOOSE = ("find", "show")
"""Steps that take whatever a customer is known by; the others change something, and take an id."""
STEPS = {
    "find": "list the customers that an id, address, phone number, name or order may mean",
    "show": "show what is known of a customer",
    "export": "print everything that is held about the person, as JSON",
    "delete": "delete everything that is held about the person",
    "merge": "make another customer the same person",
    "unmerge": "undo a merge",
    "tags": "put these tags in the place of the customer's",
}


def add_customers(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command; `options.step` names the one that was asked for."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    for name, what in STEPS.items():
        step = steps.add_parser(name, help=what, allow_abbrev=False)
        if name in LOOSE:
            step.add_argument("id", metavar="WHO", help="id, e-mail address, phone number, name, or an order")
        else:
            step.add_argument("id", type=UUID, metavar="ID", help="the customer's id")
        _more(name, step)
        step.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")
        step.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
        step.add_argument("--json", action="store_true", help="print the gateway's JSON")


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
