"""The arguments of `switchboard approvals`."""

from __future__ import annotations

import argparse
from uuid import UUID

VERDICTS = {
    "approve": "let the action run; the customer is told the outcome",
    "deny": "let the action not run; the customer is told so, without the note",
}


def add_approvals(parser: argparse.ArgumentParser) -> None:
    """Describe the steps of the command; `options.step` names the one that was asked for."""
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    listing = _step(steps, "list", "list approvals, newest first")
    listing.add_argument("--state", choices=("pending", "approved", "denied", "expired", "withdrawn"))
    listing.add_argument("--limit", type=int, metavar="N", help="how many (50)")
    listing.add_argument("--cursor", help="go on where an earlier list ended")
    _identified(_step(steps, "show", "show an action with its evidence, and what became of it"))
    for name, what in VERDICTS.items():
        step = _step(steps, name, what)
        _identified(step)
        step.add_argument("--note", default="", metavar="TEXT", help="why, for other operators only")
        step.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")
        step.add_argument(
            "--seen", type=int, default=0, metavar="N", help="the customer's messages are read up to place N"
        )


def _step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, what: str
) -> argparse.ArgumentParser:
    parser = steps.add_parser(name, help=what, allow_abbrev=False)
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    parser.add_argument("--json", action="store_true", help="print the gateway's JSON")
    return parser


def _identified(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", type=UUID, metavar="ID", help="the approval's id")
