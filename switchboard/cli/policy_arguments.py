"""The arguments of `switchboard policy`."""

from __future__ import annotations

import argparse
import math
from datetime import datetime
from decimal import Decimal, InvalidOperation


def add_policy(parser: argparse.ArgumentParser) -> None:
    """Add `check` and `explain`."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="say what a policy means", allow_abbrev=False)
    check.add_argument("file", nargs="?", metavar="FILE", help="default: SWITCHBOARD_POLICY")
    check.add_argument("--tools", type=_names, default=(), help="further tool names that exist (comma list)")
    _explain(actions.add_parser("explain", help="say what becomes of one call", allow_abbrev=False))


def _explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("tool")
    parser.add_argument("--policy", dest="file", metavar="FILE", help="default: SWITCHBOARD_POLICY")
    parser.add_argument("--amount", type=_amount, help="what the call is about")
    parser.add_argument("--currency", type=str.upper, help="of the amount, such as EUR")
    parser.add_argument("--trust", type=int, choices=range(4), default=0, help="the customer's level (0)")
    parser.add_argument("--channel", default="chat", help="chat, mail or voice (chat)")
    parser.add_argument("--tags", type=_names, default=(), help="the customer's (comma list)")
    parser.add_argument("--at", type=_moment, help="when, ISO 8601; without an offset: the desk's time (now)")
    parser.add_argument("--argument", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--fact", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--earlier", type=_count, default=0, metavar="N", help="such calls in the last hours (0)"
    )
    parser.add_argument("--flagged", action="store_true", help="the turn holds instructions for the model")
    parser.add_argument(
        "--sensitivity", choices=("read", "write", "sensitive"), help="of a tool that is not shipped"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("write date and time in ISO 8601, like 2026-11-22T22:00") from None
    if not 1970 <= moment.year <= 9000:
        raise argparse.ArgumentTypeError("must be a date from 1970 on")
    return moment


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 1_000:
        raise argparse.ArgumentTypeError("must be between 0 and 1000")
    return count


def _pair(text: str) -> tuple[str, object]:
    """Read NAME=VALUE; a number, true and false are read as such."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, _value(value)


def _value(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return Decimal(text.strip()) if math.isfinite(number) else text
