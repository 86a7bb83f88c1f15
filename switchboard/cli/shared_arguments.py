"""Arguments that several commands have, each said once."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

Steps: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_steps(parser: argparse.ArgumentParser) -> Steps:
    """Let a command have steps; `options.step` names the one that was asked for."""
    return parser.add_subparsers(dest="step", metavar="STEP", required=True)


def add_step(steps: Steps, name: str, what: str) -> argparse.ArgumentParser:
    """Add a step that asks a running gateway."""
    parser = steps.add_parser(name, help=what, allow_abbrev=False)
    add_url(parser)
    parser.add_argument("--json", action="store_true", help="print the gateway's JSON")
    return parser


def add_url(parser: argparse.ArgumentParser) -> None:
    """Let the gateway be named."""
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")


def add_id(parser: argparse.ArgumentParser, whose: str) -> None:
    """Ask for an id."""
    parser.add_argument("id", type=UUID, metavar="ID", help=f"the {whose}'s id")


def add_operator(parser: argparse.ArgumentParser) -> None:
    """Let the operator give a name."""
    parser.add_argument("--operator", default="operator", metavar="NAME", help="who you are (operator)")


def add_page(parser: argparse.ArgumentParser) -> None:
    """Let a list be taken page by page."""
    parser.add_argument("--limit", type=int, metavar="N", help="how many (50)")
    parser.add_argument("--cursor", help="go on where an earlier list ended")


def add_customer(parser: argparse.ArgumentParser) -> None:
    """Let a customer sign in, or go on."""
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--as", dest="email", metavar="EMAIL", help="sign in as that customer with the local secret"
    )
    who.add_argument("--identity", metavar="JWT", help="sign in with an identity token of the host site")
    parser.add_argument("--session", metavar="TOKEN", help="go on with an earlier session")


def seconds(most: int) -> Callable[[str], float]:
    """Return what reads a time of up to `most` seconds."""

    def read(text: str) -> float:
        given = float(text)
        if not 0 < given <= most:
            raise argparse.ArgumentTypeError(f"must be between 0 and {most}")
        return given

    return read


def count(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number within these bounds."""

    def read(text: str) -> int:
        given = int(text)
        if not least <= given <= most:
            raise argparse.ArgumentTypeError(f"must be between {least} and {most}")
        return given

    return read
